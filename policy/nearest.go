package policy

// maxDistance is how many letters a word may be off to be taken for another.
const maxDistance = 3

// Nearest returns the word of the list that s was probably meant to be, or ""
// when none is near: up to three letters off, and fewer for short words.
func Nearest(s string, words []string) string {
	best, least := "", min(maxDistance, (len(s)+1)/2)+1
	for _, w := range words {
		if d := distance(s, w); d < least {
			best, least = w, d
		}
	}
	return best
}

func nearest(s string, words []string) string {
	if w := Nearest(s, words); w != "" {
		return "; did you mean " + quote(w, maxQuoted) + "?"
	}
	return ""
}

// maxCompared bounds the words whose distance is computed, in bytes.
const maxCompared = 64

// distance is the number of letters to insert, remove, replace or swap with the
// next, to make b of a.
func distance(a, b string) int {
	if len(a) > maxCompared || len(b) > maxCompared {
		return maxCompared
	}
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
