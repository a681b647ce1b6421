package cache

// DefaultMaxBytes is the limit of the files' sizes together when Options says none.
const DefaultMaxBytes = 20 << 30 // 20 GiB: some thousand scientific wheels
