package config

import (
	"log/slog"
	"time"

	"pipwarden/policy"
)

// Default returns the configuration of a person who writes none.
// config.example.toml gives the reason of each value.
func Default() *Config {
	return &Config{
		Server: Server{
			Listen:          "127.0.0.1:8791",
			MaxConnections:  16384,
			HeaderTimeout:   Duration(10 * time.Second),
			IdleTimeout:     Duration(2 * time.Minute),
			ShutdownTimeout: Duration(30 * time.Second),
		},
		Upstream: Upstream{
			Freshness:       Duration(10 * time.Minute),
			StaleWait:       Duration(3 * time.Second),
			MaxStale:        Duration(30 * 24 * time.Hour),
			ConnectTimeout:  Duration(5 * time.Second),
			HeaderTimeout:   Duration(10 * time.Second),
			IdleTimeout:     Duration(15 * time.Second),
			PageTimeout:     Duration(25 * time.Second),
			FileTimeout:     Duration(30 * time.Minute),
			Retries:         2,
			Parallel:        16,
			MaxPerHost:      64,
			MaxPageSize:     100 * MiB,
			MaxMetadataSize: 8 * MiB,
			MaxFileSize:     16 * GiB,
		},
		Cache: Cache{MaxSize: 20 * GiB},
		Scan: Scan{
			Queue:         512,
			Time:          Duration(5 * time.Minute),
			Prefetch:      32 * MiB,
			MaxMembers:    100_000,
			MaxMemberSize: 8 * GiB,
			MaxTotalSize:  16 * GiB,
			MaxRatio:      250,
		},
		Egress: defaultEgress(),
		Log:    Log{Level: LogLevel(slog.LevelInfo), Format: FormatText},
		Policy: policy.Default(),
	}
}
