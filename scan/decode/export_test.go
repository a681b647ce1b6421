package decode

// Reasons tells tests where a reading had doubts.
func (r *Reading) Reasons() map[string]int { return r.doubts }
