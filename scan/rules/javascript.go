package rules

import (
	"bytes"
	"encoding/base64"
	"regexp"

	"pipwarden/scan"
)

// JavaScript looks at scripts that a runtime or a browser runs, by their text
// alone.
var JavaScript = &scan.Rule{
	ID: "javascript",
	Doc: `a JavaScript file is obfuscated, executes what it decodes, or collects secrets

Packages carry scripts for notebooks and web pages, and whole tools that were
bundled into one minified file: size, long lines and names of one letter say
nothing. What honest bundles lack is an obfuscator's handwriting (names like
_0x3fa1, arrays of rotated strings: 40), code that is decoded and executed at once
(60), a chat's webhook with its token (60), the files and variables of many
secrets beside a way to send them (40), a shell command that fetches something and
runs it (40), and changes to another application's client (40). None of it
decides alone: no Python package runs a script by itself. Of 508 genuine files
none weighs 40.`,
	Weight:     60,
	Stage:      scan.StageCall,
	Behaviours: []scan.Behaviour{scan.CodeExecution},
	Run: func(p *scan.Pass) scan.Hooks {
		return scan.Hooks{Member: func(m *scan.Member) {
			if m.Regular() && isJavaScript(m) {
				judgeJavaScript(p, m, m.Content)
				if !m.Whole {
					judgeJavaScript(p, m, m.Tail)
				}
			}
		}}
	},
}

var nodeLine = regexp.MustCompile(`^#!.*\b(?:node|bun|deno)\b`)

func isJavaScript(m *scan.Member) bool {
	switch m.Ext() {
	case ".js", ".mjs", ".cjs", ".jsx", ".jse":
		return true
	}
	return m.Format == scan.FormatText && nodeLine.Match(m.Content[:min(len(m.Content), 100)])
}

func judgeJavaScript(p *scan.Pass, m *scan.Member, text []byte) {
	for _, t := range scriptTraits {
		where := t.find(text)
		if where == nil {
			continue
		}
		weight := t.weight
		if inTests(m.Path()) || m.Nested() {
			weight = min(weight, 5)
		}
		f := at(m, 1+bytes.Count(text[:where[0]], []byte("\n")), weight, "the script "+t.what)
		f.Code = string(text[where[0]:min(where[1], where[0]+scan.MaxCode, len(text))])
		f.Behaviours, f.Hiding = t.behaviours, t.hiding
		if !m.Whole {
			f.Line = 0
		}
		p.Report(f)
	}
}

// A scriptTrait is something that a script has no honest need of.
type scriptTrait struct {
	what       string
	weight     int
	behaviours []scan.Behaviour
	hiding     []scan.Hiding
	find       func(text []byte) []int // the place, nil = not there
}

var scriptTraits = []scriptTrait{
	{
		what: "went through an obfuscator", weight: 40,
		hiding: []scan.Hiding{scan.Obfuscation}, find: findObfuscated,
	},
	{
		what: "decodes a text and executes it", weight: 60, hiding: []scan.Hiding{scan.Obfuscation},
		find: findNear(decodedCall, 100, "atob(", "Buffer.from(", "new Buffer(", "unescape(", "String.fromCharCode", ".createDecipher"),
	},
	{
		what: "holds an encoded text that starts processes or executes code", weight: 60,
		hiding: []scan.Hiding{scan.Obfuscation}, find: findEncodedScript,
	},
	{
		what: "posts to a chat's webhook", weight: 60, behaviours: []scan.Behaviour{scan.InformationStealing},
		find: findNear(webhookURL, 200, "webhooks/", "api.telegram.org/bot", "hooks.slack.com"),
	},
	{
		what: "collects secrets and can send them", weight: 40, behaviours: []scan.Behaviour{scan.InformationStealing},
		find: findCollector,
	},
	{
		what: "lets a shell fetch something and run it", weight: 40, behaviours: []scan.Behaviour{scan.CommandExecution},
		hiding: []scan.Hiding{scan.ExternalPayload}, find: findNear(shellFetch, 400, "curl ", "wget ", "powershell", "PowerShell"),
	},
	{
		what: "changes the client of another application", weight: 40, behaviours: []scan.Behaviour{scan.FileOperation},
		find: findInjection,
	},
}

var (
	decodedCall = regexp.MustCompile(`\b(?:eval|Function|execScript|runIn(?:New|This)?Context|_compile)\s*\(\s*(?:(?:global|window|globalThis|self)\.)?` +
		`(?:atob|Buffer\.from|new Buffer|unescape|String\.fromCharCode(?:\.apply)?|\w+\.createDecipher\w*)\s*\(`)
	webhookURL = regexp.MustCompile(`(?:discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d{6,}/[\w-]{20,}|api\.telegram\.org/bot\d{6,}:[\w-]{30,}|hooks\.slack\.com/services/T\w{6,}/B\w{6,}/\w{16,})`)
	shellFetch = regexp.MustCompile("\\b(?:exec|execSync|spawn|spawnSync)\\s*\\(\\s*['\"`][^'\"`\\n]{0,300}?(?:\\b(?:curl|wget)\\b[^'\"`\\n]{0,300}(?:\\|\\s*(?:ba|z)?sh\\b|&&|;)|(?i:powershell)[^'\"`\\n]{0,300}(?i:-e(?:nc|ncodedcommand)?\\s|iex|invoke-|downloadstring|hidden))")
)

// findNear looks for the expression around the words: texts of megabytes are
// searched for words a hundred times faster than for expressions.
func findNear(expr *regexp.Regexp, around int, words ...string) func([]byte) []int {
	return func(text []byte) []int {
		for _, w := range words {
			if at := findWord(text, w, expr, around); at != nil {
				return at
			}
		}
		return nil
	}
}

// maxPlaces is the number of places of one word that are looked at.
const maxPlaces = 5000

func findWord(text []byte, word string, expr *regexp.Regexp, around int) []int {
	from := 0
	for range maxPlaces {
		i := bytes.Index(text[from:], []byte(word))
		if i < 0 {
			return nil
		}
		i += from
		start := max(from, i-around)
		if at := expr.FindIndex(text[start:min(len(text), i+around)]); at != nil {
			return []int{start + at[0], start + at[1]}
		}
		from = i + len(word)
	}
	return nil
}

// minMangled is the number of different mangled names that tell an obfuscator: a
// library of numbers may spell some by hand.
const minMangled = 12

var mangledName = regexp.MustCompile(`\b_0x[0-9a-f]{3,8}\b`)

// findObfuscated looks for names that nobody types, as often as a program of
// them needs.
func findObfuscated(text []byte) []int {
	if bytes.Count(text, []byte("_0x")) < 2*minMangled {
		return nil
	}
	names := map[string]bool{}
	var first []int
	for _, at := range mangledName.FindAllIndex(text, 50*minMangled) {
		if first == nil {
			first = []int{at[0], at[0] + 200}
		}
		names[string(text[at[0]:at[1]])] = true
	}
	if len(names) < minMangled {
		return nil
	}
	return first
}

var activeScript = regexp.MustCompile(`child_process|\beval\s*\(|new Function\s*\(|\brequire\s*\(\s*["'](?:fs|os|https?|net|vm)["']|powershell`)

// maxEncodedRuns is the number of encoded texts of one script that are decoded.
const maxEncodedRuns = 50

// findEncodedScript decodes long base64 texts, which are pictures and fonts as a
// rule.
func findEncodedScript(text []byte) []int {
	if !bytes.Contains(text, []byte("base64")) && !bytes.Contains(text, []byte("atob")) {
		return nil
	}
	for _, at := range base64Runs(text, maxEncodedRuns) {
		run := text[at[0]:min(at[1], at[0]+maxDecoded)]
		out := make([]byte, len(run))
		n, _ := base64.RawStdEncoding.Decode(out, run[:len(run)/4*4]) // what decodes counts
		out = out[:n]
		if activeScript.Match(out) {
			return at
		}
	}
	return nil
}

// secretWords are files and variables that hold secrets; each line is one kind.
var secretWords = [][]string{
	{".npmrc", "NPM_TOKEN"},
	{".ssh/", "id_rsa", "id_ed25519", ".ssh\\"},
	{".aws/credentials", "AWS_SECRET_ACCESS_KEY"},
	{"GITHUB_TOKEN", "ghp_", ".git-credentials"},
	{"Login Data", "key4.db"},
	{"wallet.dat", "MetaMask", "nkbihfbeogaeaoehlefnkodbefgpgknn", "Exodus"},
	{"Local Storage/leveldb", "Local Storage\\\\leveldb"},
	{".docker/config.json", ".kube/config"},
	{".bash_history", ".zsh_history"},
	{"application_default_credentials.json"},
	{"trufflehog"},
}

// minSecretKinds is how many kinds of secrets a collector names. A tool for one
// service names one or two.
const minSecretKinds = 4

var senders = [][]byte{[]byte("fetch("), []byte(".request("), []byte("axios"), []byte("XMLHttpRequest"), []byte("WebSocket"), []byte(".post(")}

// findInjection looks for the folder of an application's own script beside a call
// that writes.
func findInjection(text []byte) []int {
	i := bytes.Index(text, []byte("discord_desktop_core"))
	if i < 0 || !bytes.Contains(text, []byte("writeFile")) && !bytes.Contains(text, []byte("createWriteStream")) {
		return nil
	}
	return []int{max(0, i-100), i + 100}
}

func findCollector(text []byte) []int {
	kinds, first := 0, -1
	for _, words := range secretWords {
		for _, w := range words {
			if i := bytes.Index(text, []byte(w)); i >= 0 {
				kinds++
				first = max(first, i)
				break
			}
		}
	}
	if kinds < minSecretKinds {
		return nil
	}
	for _, s := range senders {
		if bytes.Contains(text, s) {
			return []int{max(0, first-60), first + 60}
		}
	}
	return nil
}
