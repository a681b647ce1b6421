package installers

import (
	"strings"
	"testing"
)

const guardURL = "http://127.0.0.1:8791/simple/"

// setters are all ways in which a file is written, by client.
var setters = map[string]func(text, url string) (string, []string, error){
	Pip: setPip, UV: setUV, PDM: setPDM, Poetry: setPoetry, Pipenv: setExport,
	Guard: func(text, _ string) (string, []string, error) {
		out, err := setGuard(text, PipUpstream{Index: "https://corp.invalid/simple/", Extra: []string{"https://u:p@more.invalid/simple/"}, Proxy: "http://proxy.invalid:3128"})
		return out, nil, err
	},
}

// seeds are files as people and programs write them.
var seeds = []string{
	"", "\n", "# nothing\n", "[global]\n", "[global]", "[global]\r\ntimeout = 5\r\n", "[global]\ntimeout = 5",
	"[global]\nindex-url = https://corp.invalid/simple/\nextra-index-url =\n    https://a.invalid/simple\n    # between\n    https://b.invalid/simple\ntimeout = 60\n",
	"[install]\nIndex_URL: https://corp.invalid/simple/\n\n[global]\n  timeout = 5\n  find-links = /wheels\n",
	"[list]\nformat = columns\n[global]\nextra-index-url = https://a.invalid/simple",
	"[[index]]\nurl = \"https://corp.invalid/simple\"\ndefault = true\n\n[[index]]\nname = \"b\"\nurl = \"https://b.invalid/simple\"\n\n[pip]\nindex-url = \"https://c.invalid\"\ncompile-bytecode = true\n",
	"index-url = \"https://corp.invalid/simple\"\nextra-index-url = [\n  \"https://a.invalid/simple\", # one\n]\nnative-tls = true\n",
	"[pypi]\nurl = 'https://corp.invalid/simple'\nverify_ssl = true\n[pypi.more]\nurl = \"https://a.invalid\"\n",
	"pypi.url = \"https://corp.invalid\"\nstrategy.save = \"minimum\"\n",
	"text = \"\"\"\n[[index]]\ndefault = true\n\"\"\"\n[upstream]\nfreshness = \"5m\"\n",
	"[project]\nname = \"x\"\nversion = \"1\"\n[tool.poetry]\npackage-mode = false\n[[tool.poetry.source]]\nname = \"s\"\nurl = \"https://s.invalid\"\npriority = \"explicit\"\n",
}

// TestRoundTrip holds that what is taken out again leaves the file as it was, byte for byte, and that setting twice is
// setting once.
func TestRoundTrip(t *testing.T) {
	for _, text := range seeds {
		for client, set := range setters {
			if done := roundTrip(t, client, set, text); !done && (client == Pipenv || text == "") {
				t.Errorf("%s does not take %q", client, text)
			}
		}
	}
}

// roundTrip checks one file, and tells whether it can be set at all.
func roundTrip(t *testing.T, client string, set func(text, url string) (string, []string, error), text string) bool {
	t.Helper()
	out, _, err := set(text, guardURL)
	if err != nil {
		return false
	}
	if out == text {
		t.Errorf("%s: nothing was set in %q", client, text)
	}
	clean, found, err := strip(out, client)
	if err != nil || !found || clean != text {
		t.Errorf("%s: from\n%q\nthrough\n%q\nto\n%q (%v, %v)", client, text, out, clean, found, err)
	}
	return true
}

func FuzzRoundTrip(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if checkText(text) != nil || strings.Contains(text, "pipwarden setup") {
			t.Skip()
		}
		for client, set := range setters {
			roundTrip(t, client, set, text)
		}
	})
}

// TestBrokenMarks holds that a block that somebody cut in two is not guessed at.
func TestBrokenMarks(t *testing.T) {
	begin, end := marks(Pip)
	for _, text := range []string{begin + "\n", end + "\n", begin + "\n" + begin + "\n" + end + "\n", "a\n" + end} {
		if clean, _, err := strip(text, Pip); err == nil {
			t.Errorf("%q gives %q; want an error", text, clean)
		}
	}
	if clean, found, err := strip(begin+"\n", UV); found || err != nil || clean != begin+"\n" {
		t.Errorf("another client's block: %q, %v, %v", clean, found, err)
	}
}
