// Package config reads the configuration of pipwarden.
package config

import "pipwarden/policy"

// Duration is a time span such as "48h" or "7d".
type Duration = policy.Duration
