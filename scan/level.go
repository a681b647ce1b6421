package scan

// The score is the sum of the findings' weights. Weights are read on this scale:
//
//	 0  a fact worth telling
//	 5  common among genuine packages
//	15  unusual, with honest explanations
//	40  hardly ever honest at this place
//	60  a person has to look
//	100 decides alone
const (
	// SuspiciousScore is the score from which a report is suspicious.
	SuspiciousScore = 50
	// MaliciousScore is the score from which a report can be malicious.
	MaliciousScore = 100
	// StrongWeight is the least weight of the one finding that a malicious
	// report must hold. A heap of small oddities is a reason to look and never
	// a verdict: what cries wolf is switched off.
	StrongWeight = 50
)

// LevelOf returns the level of a report with these findings. No number of
// findings below [StrongWeight] makes it malicious.
func LevelOf(findings []Finding) Level {
	score, strongest := 0, 0
	for i := range findings {
		score += findings[i].Weight
		strongest = max(strongest, findings[i].Weight)
	}
	switch {
	case score >= MaliciousScore && strongest >= StrongWeight:
		return LevelMalicious
	case score >= SuspiciousScore:
		return LevelSuspicious
	}
	return LevelClean
}
