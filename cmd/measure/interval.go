package main

import (
	"fmt"
	"math"
)

// z95 is the normal quantile of a two-sided interval of 95%.
const z95 = 1.959963984540054

// A share is how many of how many.
type share struct {
	Hit   int `json:"hit"`
	Total int `json:"of"`
}

func (s *share) add(hit bool) {
	s.Total++
	if hit {
		s.Hit++
	}
}

// rate is between 0 and 1; 0 for nothing of nothing.
func (s share) rate() float64 {
	if s.Total == 0 {
		return 0
	}
	return float64(s.Hit) / float64(s.Total)
}

// interval is Wilson's score interval of 95%, between 0 and 1.
func (s share) interval() (low, high float64) {
	if s.Total == 0 {
		return 0, 1
	}
	n, p, z2 := float64(s.Total), s.rate(), z95*z95
	middle := (p + z2/(2*n)) / (1 + z2/n)
	half := z95 / (1 + z2/n) * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	return max(0, middle-half), min(1, middle+half)
}

// String is the rate with its interval and counts: "1.2% [0.4, 3.1] 3/250".
func (s share) String() string {
	if s.Total == 0 {
		return "-"
	}
	low, high := s.interval()
	return fmt.Sprintf("%.1f%% [%.1f, %.1f] %d/%d", 100*s.rate(), 100*low, 100*high, s.Hit, s.Total)
}

// baseRate is the share of malicious files among new uploads: 113 of 64,348
// (Guo et al., ASE 2023, section 6).
const baseRate = 113.0 / 64348

// precision is the share of flagged files that are malicious, of uploads at the
// base rate, for a recall and a rate of false positives.
func precision(recall, falsePositives float64) float64 {
	hit := recall * baseRate
	if hit == 0 {
		return 0
	}
	return hit / (hit + falsePositives*(1-baseRate))
}
