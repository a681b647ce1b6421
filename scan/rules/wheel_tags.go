package rules

import (
	"fmt"
	"slices"
	"strings"

	"pipwarden/pypi"
	"pipwarden/scan"
)

// WheelTags holds the tags of the file name against those of the WHEEL file.
var WheelTags = &scan.Rule{
	ID: "wheel-tags",
	Doc: `the tags of the WHEEL file are not those of the file name

An installer chooses a wheel by the tags of its file name; the WHEEL file repeats
them. A wheel that was renamed reaches machines that it was not built for. Tools
that repair or retag wheels forget the file at times, so this weighs little.`,
	Weight: 5,
	Run: func(p *scan.Pass) scan.Hooks {
		return scan.Hooks{Member: func(m *scan.Member) {
			folder := distInfo(m.Path())
			if !isWheel(p) || m.Nested() || folder == "" || m.Path() != folder+"/WHEEL" || !m.Whole {
				return
			}
			inside, outside := wheelFileTags(m.Content), tagSet(p.Filename.Tags)
			if len(inside) > 0 && !slices.Equal(inside, outside) {
				p.Report(at(m, 0, 5, fmt.Sprintf("the WHEEL file is for %q, the file name for %q", inside, outside)))
			}
		}}
	},
}

// wheelFileTags returns the Tag fields, expanded and sorted.
func wheelFileTags(b []byte) []string {
	var out []string
	for line := range strings.Lines(string(b)) {
		if tag, ok := strings.CutPrefix(line, "Tag:"); ok {
			out = append(out, expandTag(strings.TrimSpace(tag))...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// maxTags bounds the expansion of one Tag field; genuine ones have below 20.
const maxTags = 1000

func expandTag(tag string) []string {
	parts := strings.Split(tag, "-")
	if len(parts) != 3 {
		return []string{tag}
	}
	var out []string
	for py := range strings.SplitSeq(parts[0], ".") {
		for abi := range strings.SplitSeq(parts[1], ".") {
			for platform := range strings.SplitSeq(parts[2], ".") {
				if len(out) < maxTags {
					out = append(out, py+"-"+abi+"-"+platform)
				}
			}
		}
	}
	return out
}

func tagSet(tags []pypi.Tag) []string {
	var out []string
	for _, t := range tags {
		out = append(out, t.Python+"-"+t.ABI+"-"+t.Platform)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
