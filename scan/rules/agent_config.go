package rules

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"pipwarden/scan"
)

// AgentConfig looks for what is written for coding agents and not for people.
var AgentConfig = &scan.Rule{
	ID: "agent-config",
	Doc: `text hidden from people speaks to coding agents, or settings for agents are installed

Agents read what a person skims: descriptions, instruction files, settings in the
folder where they work. Instructions in characters that have no shape weigh 60, in
a comment that no page shows 40. Settings that start commands (hooks, servers,
tasks on opening a folder), installed into the environment's root or the module
folder's, weigh 60, instructions there 15. Instruction files that an sdist or a
package keeps in its own folders are how people work today and weigh nothing. Of
508 genuine files none has a finding.`,
	Weight:     60,
	Stage:      scan.StageCall,
	Behaviours: []scan.Behaviour{scan.CommandExecution},
	Hiding:     []scan.Hiding{scan.Disguise},
	Run: func(p *scan.Pass) scan.Hooks {
		return scan.Hooks{Member: func(m *scan.Member) {
			if !m.Regular() || m.Nested() || m.Format != scan.FormatText {
				return
			}
			r := agentConfig{p, m}
			if isProse(m) {
				r.hidden()
			}
			if isWheel(p) {
				r.installed()
			}
		}}
	},
}

type agentConfig struct {
	p *scan.Pass
	m *scan.Member
}

// isProse says that the member is text that a person or an agent reads.
func isProse(m *scan.Member) bool {
	switch m.Ext() {
	case ".md", ".mdc", ".rst", ".txt", ".markdown":
		return true
	}
	base := m.Base()
	return base == "METADATA" || base == "PKG-INFO" || strings.HasPrefix(strings.ToUpper(base), "README") || agentFile.MatchString(m.Path())
}

// agentFile are files that coding agents read as instructions when they work in
// the folder.
var agentFile = regexp.MustCompile(`(?i)(?:^|/)(?:claude(?:\.local)?\.md|agents?\.md|gemini\.md|\.cursorrules|\.windsurfrules|\.clinerules|\.goosehints|copilot-instructions\.md)$`)

// agentSettings are files by which an agent or an editor starts commands.
var agentSettings = regexp.MustCompile(`(?i)(?:^|/)(?:\.claude/settings(?:\.local)?\.json|\.claude/hooks/.+|\.?mcp\.json|\.cursor/mcp\.json|\.vscode/(?:tasks|settings|mcp)\.json|\.gemini/settings\.json|\.codex/config\.toml|\.kiro/.+\.json|\.devcontainer/.+\.json)$`)

// commandKey is what such a file has where it starts something.
var commandKey = regexp.MustCompile(`"(?:command|hooks|mcpServers|runOn|postCreateCommand|apiKeyHelper)"\s*:|\[mcp_servers|^#!`)

// installed judges agents' files that an installation puts into shared folders:
// the root of the environment or of the module folder.
func (r agentConfig) installed() {
	to := place(r.m.Path())
	if to.scheme != "data" && (to.scheme != "site" || !shallow(to.path)) {
		return
	}
	switch {
	case agentSettings.MatchString(to.path) && commandKey.Match(r.m.Content):
		r.p.Report(at(r.m, 0, 60, fmt.Sprintf("the wheel installs %q, by which coding agents start commands", to.path)))
	case agentFile.MatchString(to.path), agentSettings.MatchString(to.path):
		r.p.Report(at(r.m, 0, 15, fmt.Sprintf("the wheel installs %q, which coding agents obey, outside of its own folder", to.path)))
	}
}

// shallow says that a path lies in the module folder itself or in a hidden
// folder there: every other folder is a package's own.
func shallow(p string) bool {
	dir := path.Dir(p)
	return dir == "." || strings.HasPrefix(dir, ".")
}

// minTags is the number of tag characters that make a message. Three flags are
// spelled with six.
const minTags = 8

// hidden looks for text that has no shape and for commands in comments.
func (r agentConfig) hidden() {
	b := r.m.Content
	if bytes.Contains(b, []byte("\xf3\xa0\x80")) || bytes.Contains(b, []byte("\xf3\xa0\x81")) {
		if i, text := tagText(b); i >= 0 {
			r.say(i, 60, "text in invisible tag characters, which a language model reads", text)
		}
	}
	if bytes.Contains(b, []byte("\xe2\x80\x8b")) || bytes.Contains(b, []byte("\xe2\x81\xa0")) || bytes.Contains(b, []byte("\xf3\xa0\x84")) {
		if i := invisibleRun(b); i >= 0 {
			r.say(i, 60, "a run of invisible characters, long enough to carry a message", "")
		}
	}
	if comment := hiddenComment(b); comment != nil {
		r.say(comment[0], 40, "a comment that no page shows gives orders to a language model", string(b[comment[0]:comment[1]]))
	}
}

func (r agentConfig) say(offset, weight int, message, code string) {
	if inTests(r.m.Path()) {
		weight = min(weight, 5)
	}
	f := at(r.m, 1+lineBreaks(r.m.Content[:offset]), weight, message)
	f.Code = code
	r.p.Report(f)
}

// tagText finds a run of tag characters (Unicode 23.9) that is no flag's, and
// reads it.
func tagText(b []byte) (int, string) {
	var text strings.Builder
	start, flag := -1, false
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf && start < 0 {
			i++
			flag = false
			continue
		}
		c, size := utf8.DecodeRune(b[i:])
		switch {
		case c >= 0xe0020 && c <= 0xe007f:
			if start < 0 {
				start = i
			}
			text.WriteByte(byte(c - 0xe0000))
		case start >= 0 && text.Len() >= minTags && !flag:
			return start, text.String()
		default:
			start, flag = -1, c == 0x1f3f4 // the black flag begins a region's flag
			text.Reset()
		}
		i += size
	}
	if start >= 0 && text.Len() >= minTags && !flag {
		return start, text.String()
	}
	return -1, ""
}

// orders are phrases by which a text speaks to a model and not to a reader.
var orders = regexp.MustCompile(`(?i)\b(?:(?:ignore|disregard|forget) (?:all |any |your |the )*(?:previous|prior|above|earlier|other|system) (?:instructions?|prompts?|rules?|messages?)` +
	`|(?:you are|as) an? (?:ai|llm|language model|coding (?:agent|assistant)|assistant)\b` +
	`|(?:ai|llm|coding|code) (?:agents?|assistants?|models?)[ ,:]{1,3}(?:must|should|please|need to|have to|are required|always|do not|never)` +
	`|do not (?:tell|inform|mention|reveal|show)[^.\n]{0,40}\b(?:user|human|developer)\b|without (?:asking|telling|informing) the (?:user|human)|<system>|\[system\])`)

// maxComments is the number of comments of one text that are read.
const maxComments = 2000

// hiddenComment finds an HTML comment, or a link definition used as one, that
// gives orders.
func hiddenComment(b []byte) []int {
	at := 0
	for range maxComments {
		i := bytes.Index(b[at:], []byte("<!--"))
		if i < 0 {
			break
		}
		i += at
		end := len(b)
		if n := bytes.Index(b[i:], []byte("-->")); n >= 0 {
			end = i + n + 3
		}
		if orders.Match(b[i:min(end, i+maxDecoded)]) {
			return []int{i, end}
		}
		at = end
	}
	for _, mark := range []string{"[//]: #", "[comment]: #"} {
		if i := bytes.Index(b, []byte(mark)); i >= 0 {
			line, _, _ := bytes.Cut(b[i:], []byte("\n"))
			if orders.Match(line) {
				return []int{i, i + len(line)}
			}
		}
	}
	return nil
}
