package rules

import (
	"bytes"
	"fmt"

	"pipwarden/scan"
)

// AppendedData looks for what hides behind and inside pictures, sounds and fonts.
var AppendedData = &scan.Rule{
	ID: "appended-data",
	Doc: `a picture, sound or font carries something else behind its end or in its comments

Readers of such formats stop where the structure ends. Loaders keep their next
stage behind that place, or in a comment that no viewer shows, and slice it out
again: the file looks and works like a picture. A program, code or an encoded
text there weighs 60, an archive 40, bytes without a pattern 15. A file with a
picture's name that is code in truth weighs 60. Some cameras and image tools
append previews, colour profiles and padding: these weigh nothing. Of 508 genuine
files none has a finding that weighs 40. Bits hidden in the pixels are not looked
for; the code that reads them is another rule's matter.`,
	Weight: 60,
	Stage:  scan.StageCall,
	Hiding: []scan.Hiding{scan.Steganography, scan.Disguise},
	Run: func(p *scan.Pass) scan.Hooks {
		return scan.Hooks{Member: func(m *scan.Member) {
			if m.Regular() && len(m.Content) > 0 {
				appendedData{p, m}.check()
			}
		}}
	},
}

// mediaExts are extensions of media that are never text. Icons, SVG and
// playlists are not among them.
var mediaExts = map[string]bool{
	".png": true, ".jpg": true, ".jpeg": true, ".gif": true, ".bmp": true, ".webp": true, ".tif": true, ".tiff": true, ".mp3": true,
	".mp4": true, ".wav": true, ".ogg": true, ".flac": true, ".avi": true, ".mov": true, ".ttf": true, ".otf": true, ".woff": true,
	".woff2": true, ".eot": true,
}

type appendedData struct {
	p *scan.Pass
	m *scan.Member
}

func (r appendedData) check() {
	medium := mediumOf(r.m.Content, r.m.Size)
	if medium.kind == "" {
		r.disguised()
		return
	}
	for _, text := range medium.texts {
		// Drawing programs keep the drawing, and cameras a preview, as encoded text.
		if found := payloadOf(text); found > payloadArchive {
			r.say(found, medium.kind+" holds in a comment", text)
		}
	}
	behind := r.behind(medium)
	r.say(payloadOf(behind), fmt.Sprintf("%s of %d bytes is followed by", medium.kind, medium.end), behind)
}

// behind returns what lies behind the medium's end, of a long member as far as
// its last window holds it.
func (r appendedData) behind(medium medium) []byte {
	from := medium.end
	switch {
	case !r.m.Whole && from == 0 && medium.kind == "PNG":
		_, rest, _ := bytes.Cut(r.m.Tail, []byte("IEND\xae\x42\x60\x82"))
		return rest
	case from == 0 || from >= r.m.Size:
		return nil
	case from <= int64(len(r.m.Content)):
		return r.m.Content[from:]
	}
	return r.m.Tail[max(0, from-(r.m.Size-int64(len(r.m.Tail)))):]
}

// disguised looks at a file with the name of a medium that is none.
func (r appendedData) disguised() {
	if !mediaExts[r.m.Ext()] || r.m.Format == scan.FormatEmpty {
		return
	}
	if p := payloadOf(r.m.Content); p == payloadCode && r.m.Format == scan.FormatText {
		r.say(p, "a file that calls itself "+r.m.Ext()+" is", r.m.Content)
	}
}

func (r appendedData) say(found payload, where string, b []byte) {
	weight := map[payload]int{payloadNoise: 15, payloadEncoded: 40, payloadArchive: 40, payloadCode: 60, payloadProgram: 60}[found]
	if weight == 0 {
		return
	}
	if inTests(r.m.Path()) || r.m.Nested() {
		weight = min(weight, 15)
	}
	f := at(r.m, 0, weight, fmt.Sprintf("%s %s", where, found))
	if found == payloadCode || found == payloadEncoded {
		f.Code = string(printable(b[:min(len(b), scan.MaxCode)]))
	}
	if found == payloadCode || found == payloadProgram {
		f.Behaviours = []scan.Behaviour{scan.CodeExecution}
	}
	r.p.Report(f)
}
