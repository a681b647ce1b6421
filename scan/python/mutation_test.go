package python_test

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pipwarden/scan/python"
	"pipwarden/scan/python/internal/cpython"
	"pipwarden/scan/python/internal/normal"
)

// grammarTests are the files of CPython's own tests that hold every
// construct, with the odd ones beside the usual.
var grammarTests = []string{
	"test_grammar.py", "test_fstring.py", "test_patma.py", "test_unpack_ex.py", "test_named_expressions.py",
	"test_positional_only_arg.py", "test_type_params.py", "test_type_aliases.py", "test_except_star.py",
	"test_coroutines.py", "test_generators.py", "test_decorators.py", "test_keywordonlyarg.py", "test_with.py",
	"test_string_literals.py", "test_dictcomps.py", "test_setcomps.py", "test_lambda.py", "test_print.py",
	"test_scope.py", "test_raise.py", "test_slice.py", "test_complex.py", "test_tstring.py",
}

// TestMutations changes statements of CPython's tests a little (a token left
// out, doubled, exchanged, replaced) and asks each CPython for each. What one
// of them accepts must give its tree here, and no error; what all refuse must
// give an error.
func TestMutations(t *testing.T) {
	count := 6000
	if testing.Short() || raceEnabled {
		count = 300
	}
	if n := os.Getenv("MUTATIONS"); n != "" {
		fmt.Sscan(n, &count)
	}
	var two, three []cpython.Interpreter
	for _, i := range cpython.Find(t.Context()) {
		if i.Number() < 300 {
			two = append(two, i)
		} else {
			three = append(three, i)
		}
	}
	t.Run("3", func(t *testing.T) {
		t.Parallel()
		mutate(t, three, count)
	})
	t.Run("2", func(t *testing.T) {
		t.Parallel()
		mutate(t, two, count/4)
	})
}

func mutate(t *testing.T, interpreters []cpython.Interpreter, count int) {
	if len(interpreters) == 0 {
		t.Skip("no CPython of this language here")
	}
	newest := interpreters[len(interpreters)-1]
	rng := rand.New(rand.NewPCG(1, uint64(newest.Number())))
	statements := smallStatements(t, newest)
	dir := t.TempDir()
	var snippets []*snippet
	for n := range count {
		src := mutation(rng, statements, dialect(newest))
		path := filepath.Join(dir, fmt.Sprintf("%d.py", n))
		if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
		snippets = append(snippets, &snippet{path: path, src: src})
	}
	compareSnippets(t, interpreters, snippets)
}

// A snippet is a short source text, what is made of it here, and what the
// CPythons say.
type snippet struct {
	path, src string
	f         *python.File
	newer     bool   // holds what only newer versions know, and is harmless
	accepted  bool   // parsed by some CPython
	reason    string // why the last one did not
}

// compareSnippets asks all interpreters about all snippets.
func compareSnippets(t *testing.T, interpreters []cpython.Interpreter, snippets []*snippet) {
	t.Helper()
	var paths []string
	for _, s := range snippets {
		s.f = python.Parse([]byte(s.src), python.Options{Dialect: dialect(interpreters[0])})
		paths = append(paths, s.path)
	}
	for _, i := range interpreters {
		dump, wait := startDump(t, i, paths, "--compile")
		for _, s := range snippets {
			if !dump.Scan() {
				t.Fatalf("the dump of CPython %s ended early", i.Full)
			}
			verdict, detail, _ := strings.Cut(dump.Text(), " ")
			if verdict == "refused" {
				s.reason = detail
				continue
			}
			s.compare(t, i, verdict == "ok", detail)
			s.accepted = true
		}
		wait()
	}
	accepted, lenient := 0, 0
	for _, s := range snippets {
		switch {
		case s.accepted:
			accepted++
		case len(s.f.Errors) == 0 && !s.newer && !mixesVersions(s.src):
			lenient++
			t.Errorf("no CPython compiles %q (%s); no error here", s.src, s.reason)
		}
	}
	t.Logf("%d snippets, %d compiled by a CPython, %d too lenient", len(snippets), accepted, lenient)
}

// splitIndent finds lines of white space that end in a continuation.
var splitIndent = regexp.MustCompile(`(?m)^[ \t]+\\$`)

// oneVersion finds what only some versions accept, beside which anything that
// only others do makes all of them refuse it: async and await as names, a line
// continuation at the end, as right after a number, t-strings.
var oneVersion = regexp.MustCompile(`async|await|\\\n?$|\das\b|\b(?i:t|tr|rt)['"]`)

// mixesVersions reports whether a text may be right for one version in one
// place and for another in another.
func mixesVersions(src string) bool {
	return splitIndent.MatchString(src) || oneVersion.MatchString(src)
}

// compare checks a snippet that a CPython parses. Where it does not compile,
// an error here is as good as its tree.
func (s *snippet) compare(t *testing.T, i cpython.Interpreter, compiled bool, digest string) {
	t.Helper()
	switch {
	case i.Version == "3.6" && strings.Contains(s.src, "await"):
		return // a name outside async def, in this version only
	case i.Version == "3.6" && strings.Contains(s.src, "(*"):
		return // f((*x)) is f(*x), in this version only
	case i.Version == "3.9" && splitIndent.MatchString(s.src):
		return // indentation before a line continuation is ignored, in this version only
	}
	if len(s.f.Errors) > 0 {
		if compiled && !s.accepted {
			t.Errorf("CPython %s compiles %q; here: %s", i.Full, s.src, s.f.Errors[0].Message)
		}
		return
	}
	form := normal.Form(s.f, normal.Version(i.Number()), i.Number() >= exactPlaces)
	if sum := md5.Sum(form); hex.EncodeToString(sum[:]) != digest {
		t.Errorf("%q: not the tree of CPython %s\n%s", s.src, i.Full, firstDifference(t, i, s.path, s.f))
	}
}

// smallStatements cuts the grammar tests into statements of a few lines.
func smallStatements(t *testing.T, i cpython.Interpreter) []string {
	t.Helper()
	var out []string
	for _, name := range grammarTests {
		for _, folder := range []string{"test", filepath.Join("test", "test_unittest")} {
			src, err := os.ReadFile(filepath.Join(i.Library, folder, name))
			if err != nil {
				continue
			}
			f := python.Parse(src, python.Options{Dialect: dialect(i)})
			f.Inspect(func(n python.Node) bool {
				s, ok := n.(python.Stmt)
				if text := statementText(f, n); ok && len(text) < 300 && strings.Count(text, "\n") < 8 {
					_ = s
					out = append(out, text)
				}
				return true
			})
		}
	}
	if len(out) == 0 {
		t.Fatalf("no grammar tests below %s", i.Library)
	}
	return out
}

// statementText is the text of a statement without its indentation.
func statementText(f *python.File, n python.Node) string {
	margin := strings.Repeat(" ", f.Position(n.Pos()).Column)
	return strings.ReplaceAll(f.TextOf(n), "\n"+margin, "\n") + "\n"
}

// mutation changes one statement in one to three places.
func mutation(rng *rand.Rand, statements []string, d python.Dialect) string {
	src := statements[rng.IntN(len(statements))]
	if rng.IntN(3) == 0 {
		return typo(rng, src)
	}
	f := python.Parse([]byte(src), python.Options{Dialect: d, Decoded: true})
	var tokens []string
	for token := range f.Tokens() {
		tokens = append(tokens, f.Text[token.Start:token.Stop])
	}
	for range 1 + rng.IntN(2) {
		if len(tokens) < 2 {
			break
		}
		n := rng.IntN(len(tokens))
		switch rng.IntN(5) {
		case 0:
			tokens = append(tokens[:n:n], tokens[n+1:]...)
		case 1:
			tokens = append(tokens[:n+1:n+1], tokens[n:]...)
		case 2:
			m := rng.IntN(len(tokens))
			tokens[n], tokens[m] = tokens[m], tokens[n]
		default:
			tokens[n] = replacements[rng.IntN(len(replacements))]
		}
	}
	return strings.Join(tokens, "")
}

// typo changes single characters: those that mean something to the lexer.
func typo(rng *rand.Rand, src string) string {
	const characters = " \t\n\r\f\\'\"#()[]{}0179_.eExXoObBlLjJrRuUfFN:!=,;<>+-*@aé"
	b := []rune(src)
	for range 1 + rng.IntN(3) {
		n := rng.IntN(len(b))
		c := []rune(characters)[rng.IntN(len([]rune(characters)))]
		switch rng.IntN(3) {
		case 0:
			b[n] = c
		case 1:
			b = append(b[:n:n], append([]rune{c}, b[n:]...)...)
		default:
			b = append(b[:n:n], append([]rune{c, c}, b[n+1:]...)...)
		}
	}
	return string(b)
}

// replacements stand for other tokens in a mutation.
var replacements = strings.Split("(|)|[|]|{|}|,|:|;|.|...|->|:=|!|`|=|+=|@=|+|-|*|/|%|@|&|^|~|<<|>>|**|//|==|!=|<>|<|x|y|"+
	"1|0x1f|07|1.5|2j|'a'|b'b'|u'c'|r'd'|f'{x}'|f'{x!r:>{y}}'|None|True|False|print|exec|match|case|type|_|async |"+
	"await |and | as |assert |break|class |continue|def |del |elif |else|except |finally|for | from |global |if |"+
	" import | in | is |lambda |not | or |pass|raise |return |try|while |with |yield |nonlocal |\n|\n  | |\\\n|#c\n", "|")
