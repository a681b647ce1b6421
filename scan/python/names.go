package python

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/runenames"
)

// maxCharacterName is more than the longest \N{name} has bytes.
const maxCharacterName = 100

//go:embed names.txt
var namesText string

// characterNames maps names to characters. It is made when the first \N{...}
// is met: few files have one.
var characterNames = sync.OnceValue(func() map[string]rune {
	names := make(map[string]rune, 40000)
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if name := runenames.Name(r); name != "" && name[0] != '<' {
			names[name] = r
		}
	}
	for line := range strings.Lines(namesText) {
		digits, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if r, err := strconv.ParseInt(digits, 16, 32); err == nil {
			names[name] = rune(r)
		}
	}
	return names
})

// lookupName returns the character of a name or alias, whatever its case.
func lookupName(name string) (rune, bool) {
	name = strings.ToUpper(name)
	if digits, ok := strings.CutPrefix(name, "CJK UNIFIED IDEOGRAPH-"); ok {
		r, err := strconv.ParseInt(digits, 16, 32)
		return rune(r), err == nil && unicode.Is(unicode.Unified_Ideograph, rune(r))
	}
	if syllable, ok := strings.CutPrefix(name, "HANGUL SYLLABLE "); ok {
		return hangul(syllable)
	}
	r, ok := characterNames()[name]
	return r, ok
}

// The short names of the jamo, in the order of section 3.12 of the Unicode
// standard.
var (
	jamoL = strings.Split("G GG N D DD R M B BB S SS  J JJ C K T P H", " ")
	jamoV = strings.Split("A AE YA YAE EO E YEO YE O WA WAE OE YO U WEO WE WI YU EU YI I", " ")
	jamoT = strings.Split(" G GG GS N NJ NH D L LG LM LB LS LT LP LH M B BS S SS NG J C K T P H", " ")
)

func hangul(name string) (rune, bool) {
	l := longest(jamoL, name)
	name = name[len(jamoL[max(l, 0)]):]
	v := longest(jamoV, name)
	if l < 0 || v < 0 {
		return 0, false
	}
	name = name[len(jamoV[v]):]
	t := longest(jamoT, name)
	if t < 0 || name != jamoT[t] {
		return 0, false
	}
	return rune(0xac00 + (l*len(jamoV)+v)*len(jamoT) + t), true
}

// longest returns the index of the longest of parts that name begins with.
func longest(parts []string, name string) int {
	best := -1
	for i, part := range parts {
		if strings.HasPrefix(name, part) && (best < 0 || len(part) > len(parts[best])) {
			best = i
		}
	}
	return best
}
