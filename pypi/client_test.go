package pypi

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// User agents as the tools send them.
const (
	agentPip = `pip/26.3 {"ci":null,"cpu":"x86_64","distro":{"id":"bookworm","libc":{"lib":"glibc","version":"2.36"},"name":"Debian GNU/Linux","version":"12"},"implementation":{"name":"CPython","version":"3.13.0"},"installer":{"name":"pip","version":"26.3"},"openssl_version":"OpenSSL 3.0.19 27 Jan 2026","python":"3.13.0","rustc_version":"1.95.0","system":{"name":"Linux","release":"6.1.0"}}`
	agentOld = `pip/19.2.3 {"ci":null,"cpu":"x86_64","distro":{"id":"bookworm","libc":{"lib":"glibc","version":"2.36"},"name":"Debian GNU/Linux","version":"12"},"implementation":{"name":"CPython","version":"2.7.18"},"installer":{"name":"pip","version":"19.2.3"},"openssl_version":"OpenSSL 3.0.19 27 Jan 2026","python":"2.7.18","setuptools_version":"41.2.0","system":{"name":"Linux","release":"6.1.0"}}`
	agentMac = `pip/24.2 {"ci":true,"cpu":"arm64","distro":{"name":"macOS","version":"14.2.1"},"implementation":{"name":"CPython","version":"3.12.1"},"installer":{"name":"pip","version":"24.2"},"openssl_version":"OpenSSL 3.2.0","python":"3.12.1","system":{"name":"Darwin","release":"23.2.0"}}`
	agentWin = `pip/24.2 {"ci":null,"cpu":"AMD64","implementation":{"name":"CPython","version":"3.12.1"},"installer":{"name":"pip","version":"24.2"},"openssl_version":"OpenSSL 3.0.11","python":"3.12.1","system":{"name":"Windows","release":"11"}}`
	agentAlp = `pip/24.2 {"ci":null,"cpu":"aarch64","distro":{"name":"Alpine Linux","version":"3.19.0"},"implementation":{"name":"CPython","version":"3.12.1"},"installer":{"name":"pip","version":"24.2"},"python":"3.12.1","system":{"name":"Linux","release":"6.1.0"}}`
	agentPyP = `pip/24.2 {"ci":null,"cpu":"x86_64","distro":{"libc":{"lib":"glibc","version":"2.36"},"name":"Debian GNU/Linux"},"implementation":{"name":"PyPy","version":"7.3.15"},"installer":{"name":"pip","version":"24.2"},"python":"3.10.13","system":{"name":"Linux","release":"6.1.0"}}`
	agentUV  = `uv/0.13.9 {"installer":{"name":"uv","version":"0.13.9","subcommand":["pip","install"]},"python":"3.13.0","implementation":{"name":"CPython","version":"3.13.0"},"distro":{"name":"Debian GNU/Linux","version":"12","id":"bookworm","libc":{"lib":"glibc","version":"2.36"}},"system":{"name":"Linux","release":"6.1.0"},"cpu":"x86_64","openssl_version":null,"setuptools_version":null,"rustc_version":null,"ci":null}`
	agentMus = `uv/0.13.9 {"installer":{"name":"uv","version":"0.13.9"},"python":"3.12.1","implementation":{"name":"CPython","version":"3.12.1"},"distro":{"name":"Alpine Linux","version":"3.19","libc":{"lib":"musl","version":"1.2"}},"system":{"name":"Linux","release":"6.1.0"},"cpu":"x86_64"}`
	agentPoe = `poetry/2.5.1 CPython/3.11.7 Linux/6.1.0`
	agentPDM = `pdm/2.29.3 CPython/3.11.7 Darwin/23.2.0`
)

func TestParseUserAgent(t *testing.T) {
	for _, tt := range []struct {
		name, agent string
		want        Client
	}{
		{"pip", agentPip, Client{Tool: "pip", ToolVersion: "26.3", Python: "3.13.0", Implementation: "cpython",
			System: "linux", Machine: "x86_64", Libc: "glibc", LibcVersion: "2.36"}},
		{"pip on Python 2", agentOld, Client{Tool: "pip", ToolVersion: "19.2.3", Python: "2.7.18", Implementation: "cpython",
			System: "linux", Machine: "x86_64", Libc: "glibc", LibcVersion: "2.36"}},
		{"pip on macOS", agentMac, Client{Tool: "pip", ToolVersion: "24.2", Python: "3.12.1", Implementation: "cpython",
			System: "darwin", SystemVersion: "14.2.1", Machine: "arm64"}},
		{"pip on Windows", agentWin, Client{Tool: "pip", ToolVersion: "24.2", Python: "3.12.1", Implementation: "cpython",
			System: "windows", Machine: "amd64"}},
		{"pip on Alpine", agentAlp, Client{Tool: "pip", ToolVersion: "24.2", Python: "3.12.1", Implementation: "cpython",
			System: "linux", Machine: "aarch64", Libc: "musl"}},
		{"pip on PyPy", agentPyP, Client{Tool: "pip", ToolVersion: "24.2", Python: "3.10.13", Implementation: "pypy",
			System: "linux", Machine: "x86_64", Libc: "glibc", LibcVersion: "2.36"}},
		{"uv", agentUV, Client{Tool: "uv", ToolVersion: "0.13.9", Python: "3.13.0", Implementation: "cpython",
			System: "linux", Machine: "x86_64", Libc: "glibc", LibcVersion: "2.36"}},
		{"poetry", agentPoe, Client{Tool: "poetry", ToolVersion: "2.5.1", System: "linux"}},
		{"pdm", agentPDM, Client{Tool: "pdm", ToolVersion: "2.29.3", System: "darwin"}},
		{"name only", "pip/24.2", Client{Tool: "pip", ToolVersion: "24.2"}},
		{"user data behind", strings.TrimSuffix(agentUV, "\n") + " build/7", ParseUserAgent(agentUV)},
		{"broken JSON", `pip/24.2 {"python":"3.12.1"`, Client{Tool: "pip", ToolVersion: "24.2"}},
		{"wrong types", `pip/24.2 {"python":312}`, Client{Tool: "pip", ToolVersion: "24.2"}},
		{"built from a checkout", `pip/24.2 {"python":"3.14.0a1+"}`, Client{Tool: "pip", ToolVersion: "24.2", Python: "3.14.0a1"}},
		{"hostile", `pip/<b> {"python":"3/../../x","cpu":"a\nb","system":{"name":"` + strings.Repeat("x", 50) + `"}}`, Client{Tool: "pip"}},
		{"browser", "Mozilla/5.0 (X11; Linux x86_64)", Client{}},
		{"nothing", "", Client{}},
		{"too long", "pip/24.2 " + strings.Repeat(" ", maxUserAgent), Client{}},
	} {
		if diff := cmp.Diff(tt.want, ParseUserAgent(tt.agent)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestClass(t *testing.T) {
	if got, want := ParseUserAgent(agentPip).Class(), "cpython/3.13.0/linux//x86_64/glibc/2.36"; got != want {
		t.Errorf("class %q, want %q", got, want)
	}
	if pip, uv := ParseUserAgent(agentPip).Class(), ParseUserAgent(agentUV).Class(); pip != uv {
		t.Errorf("pip and uv on one Python are of classes %q and %q", pip, uv)
	}
	if got := ParseUserAgent("curl/8.0").Class(); got != "" {
		t.Errorf("class of an unknown client is %q", got)
	}
}

// fitCases are wheels, by their tags, and what clients make of them.
var fitCases = []struct {
	tags     string // of a wheel
	requires string
	want     string // client=answer; clients that are not named are not asked
}{
	// Python tags.
	{"py3-none-any", "", "pip=yes py2=no mac=yes win=yes alpine=yes pypy=yes poetry=yes pdm=yes curl=yes"},
	{"py2.py3-none-any", "", "pip=yes py2=yes mac=yes poetry=yes curl=yes"},
	{"py2-none-any", "", "pip=no py2=yes poetry=unknown curl=unknown"},
	{"py38-none-any", "", "pip=yes py2=no curl=unknown"},
	{"py314-none-any", "", "pip=no mac=no"},
	{"cp313-none-any", "", "pip=yes mac=no pypy=no curl=unknown"},
	{"cp3-none-any", "", "pip=unknown py2=no"},
	{"ip27-none-any.win32", "", "pip=no curl=unknown"},
	{"none-none-any", "", "pip=unknown"},
	// Requires-Python.
	{"py3-none-any", ">=3.8", "pip=yes py2=no poetry=yes curl=yes"},
	{"py3-none-any", ">=3.13.1", "pip=no mac=no"},
	{"py3-none-any", "<3.13,!=3.12.*", "pip=no mac=no"},
	{"py3-none-any", ">=3.6.*", "pip=unknown py2=no"},
	// ABIs.
	{"cp313-cp313-manylinux_2_17_x86_64", "", "pip=yes uv=yes py2=no mac=no pypy=no poetry=unknown curl=unknown"},
	{"cp313-cp313t-manylinux_2_17_x86_64", "", "pip=unknown"},
	{"cp313-cp313d-manylinux_2_17_x86_64", "", "pip=unknown"},
	{"cp313-cp312-manylinux_2_17_x86_64", "", "pip=no"},
	{"cp313-x-manylinux_2_17_x86_64", "", "pip=no"},
	{"cp312-cp312-manylinux_2_17_x86_64", "", "pip=no"},
	{"cp38-abi3-manylinux_2_17_x86_64", "", "pip=yes py2=no pypy=no poetry=unknown"},
	{"cp314-abi3-manylinux_2_17_x86_64", "", "pip=no"},
	{"cp27-cp27mu-manylinux1_x86_64", "", "py2=unknown pip=no"},
	{"cp27-none-manylinux1_x86_64", "", "py2=yes pip=no"},
	{"cp313-cp313-any", "", "pip=no"},
	{"py3-abi3-linux_x86_64", "", "pip=unknown"},
	{"pp310-pypy310_pp73-manylinux_2_17_x86_64", "", "pypy=yes pip=no curl=unknown"},
	{"pp310-pypy39_pp73-manylinux_2_17_x86_64", "", "pypy=no"},
	{"pp39-pypy39_pp73-manylinux_2_17_x86_64", "", "pypy=no"},
	{"pp310-none-any", "", "pypy=yes"},
	// Linux.
	{"py3-none-manylinux1_x86_64", "", "pip=yes alpine=no musl=no mac=no win=no poetry=unknown pdm=no curl=unknown"},
	{"py3-none-manylinux2010_x86_64", "", "pip=yes"},
	{"py3-none-manylinux2014_x86_64", "", "pip=yes"},
	{"py3-none-manylinux_2_36_x86_64", "", "pip=yes"},
	{"py3-none-manylinux_2_37_x86_64", "", "pip=no"},
	{"py3-none-manylinux_3_0_x86_64", "", "pip=no"},
	{"py3-none-manylinux_2_17_aarch64", "", "pip=no alpine=no"},
	{"py3-none-manylinux_2_17_i686", "", "pip=unknown"},
	{"py3-none-manylinux_x86_64", "", "pip=unknown"},
	{"py3-none-linux_x86_64", "", "pip=yes mac=no"},
	{"py3-none-linux_armv7l", "", "alpine=unknown pip=no"},
	{"py3-none-musllinux_1_2_x86_64", "", "pip=no musl=yes alpine=no curl=unknown"},
	{"py3-none-musllinux_1_3_x86_64", "", "musl=no"},
	{"py3-none-musllinux_1_1_aarch64", "", "alpine=unknown"},
	// macOS.
	{"cp312-cp312-macosx_11_0_arm64", "", "mac=yes pip=no win=no"},
	{"cp312-cp312-macosx_10_9_universal2", "", "mac=yes"},
	{"cp312-cp312-macosx_10_9_x86_64", "", "mac=no"},
	{"cp312-cp312-macosx_10_6_intel", "", "mac=no"},
	{"cp312-cp312-macosx_14_0_arm64", "", "mac=yes"},
	{"cp312-cp312-macosx_15_0_arm64", "", "mac=no"},
	{"cp312-cp312-macosx_12_3_arm64", "", "mac=unknown"},
	{"py3-none-macosx_11_0_arm64", "", "pdm=unknown poetry=no curl=unknown"},
	{"py3-none-macosx_arm64", "", "mac=unknown"},
	// Windows.
	{"cp312-cp312-win_amd64", "", "win=yes pip=no mac=no"},
	{"cp312-cp312-win32", "", "win=unknown"},
	{"cp312-cp312-win_arm64", "", "win=no"},
	{"cp312-cp312-emscripten_3_1_46_wasm32", "", "mac=unknown pip=no"},
	// One tag of several is enough.
	{"cp312.cp313-cp313-manylinux_2_99_x86_64.manylinux2014_x86_64", "", "pip=yes"},
	{"cp312-cp312-manylinux_2_17_x86_64.macosx_11_0_arm64.win_amd64", "", "mac=yes win=yes pip=no"},
}

func TestFits(t *testing.T) {
	agents := map[string]string{
		"pip": agentPip, "py2": agentOld, "mac": agentMac, "win": agentWin, "alpine": agentAlp, "pypy": agentPyP,
		"uv": agentUV, "musl": agentMus, "poetry": agentPoe, "pdm": agentPDM, "curl": "curl/8.0",
	}
	for _, tt := range fitCases {
		f := demoFilename(t, "demo-1.0-"+tt.tags+".whl")
		for answer := range strings.FieldsSeq(tt.want) {
			client, want, _ := strings.Cut(answer, "=")
			agent, ok := agents[client]
			if !ok {
				t.Fatalf("no client %q", client)
			}
			if got := ParseUserAgent(agent).Fits(f, tt.requires).String(); got != want {
				t.Errorf("%s with Requires-Python %q for %s: %s, want %s", tt.tags, tt.requires, client, got, want)
			}
		}
	}
}

func TestFitsOtherKinds(t *testing.T) {
	c := ParseUserAgent(agentPip)
	for _, tt := range []struct {
		text, requires string
		want           Fit
	}{
		{"demo-1.0.tar.gz", "", FitUnknown},
		{"demo-1.0.tar.gz", ">=3.8", FitUnknown},
		{"demo-1.0.tar.gz", "<3", FitNo},
		{"demo-1.0-py3.13.egg", "<3", FitNo},
		{"demo-1.0-py3.13.egg", "", FitUnknown},
		{"demo-1.0.win32.exe", "", FitNo},
	} {
		if got := c.Fits(demoFilename(t, tt.text), tt.requires); got != tt.want {
			t.Errorf("%s with %q: %v, want %v", tt.text, tt.requires, got, tt.want)
		}
	}
	if got := c.Fits(Filename{Text: "demo"}, ""); got != FitUnknown {
		t.Errorf("a file that is not understood: %v", got)
	}
}

func TestOldMacIsNotGuessed(t *testing.T) {
	c := Client{Implementation: "cpython", Python: "3.8.0", System: "darwin", SystemVersion: "10.16", Machine: "x86_64"}
	f := demoFilename(t, "demo-1.0-cp38-cp38-macosx_10_9_x86_64.whl")
	if got := c.Fits(f, ""); got != FitUnknown {
		t.Errorf("10.16: %v, want unknown", got)
	}
	c.SystemVersion = "10.15"
	if got := c.Fits(f, ""); got != FitYes {
		t.Errorf("10.15: %v, want yes", got)
	}
}

func FuzzUserAgent(f *testing.F) {
	for _, agent := range []string{agentPip, agentMac, agentMus, agentPoe, agentPDM} {
		f.Add(agent, "demo-1.0-cp313.py3-abi3.none-manylinux_2_17_x86_64.any.whl", ">=3.8")
	}
	f.Fuzz(func(t *testing.T, agent, filename, requires string) {
		c := ParseUserAgent(agent)
		for _, field := range []string{c.Tool, c.ToolVersion, c.Class()} {
			for i := range len(field) {
				if field[i] <= ' ' || field[i] > '~' {
					t.Fatalf("client %+v holds %q", c, field)
				}
			}
		}
		parsed, _ := ParseFilename(filename, "")
		fit := c.Fits(parsed, requires)
		// Class holds all that the answer depends on.
		same := c
		same.Tool, same.ToolVersion = "", ""
		if same.Class() != c.Class() || same.Fits(parsed, requires) != fit {
			t.Fatalf("clients of class %q are answered differently", c.Class())
		}
	})
}

func BenchmarkFits(b *testing.B) {
	c := ParseUserAgent(agentPip)
	f, err := ParseFilename("demo-1.0-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "demo")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		c.Fits(f, ">=3.8")
	}
}

func BenchmarkParseUserAgent(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ParseUserAgent(agentPip)
	}
}
