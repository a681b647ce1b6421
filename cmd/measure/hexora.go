package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// hexoraThreshold is the score of its model, of 1, from which it is taken to
// flag a file.
const hexoraThreshold = "0.5"

// hexora is a process for each artifact. It reads an archive in place, so the
// archive alone is written, under a name of ours, and removed again.
type hexora struct {
	program string
	dir     string
}

func openHexora(_ context.Context, venv string) (judge, error) {
	dir, err := os.MkdirTemp("", "measure-")
	if err != nil {
		return nil, err
	}
	return &hexora{program(venv, "hexora"), dir}, nil
}

func (h *hexora) start() time.Duration { return 0 }

func (h *hexora) judge(ctx context.Context, v *verdict, content []byte) error {
	// It knows archives by the ends of their names, and no wheels.
	name := "artifact.tar.gz"
	if bytes.HasPrefix(content, []byte("PK")) {
		name = "artifact.zip"
	}
	path := filepath.Join(h.dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return err
	}
	defer os.Remove(path)
	cmd := exec.CommandContext(ctx, h.program, "audit", path, "--output-format", "json", "--min-confidence", "very_low", "--min-score", hexoraThreshold)
	var out bytes.Buffer
	cmd.Stdout = &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	v.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	v.flagged = len(bytes.TrimSpace(out.Bytes())) > 0
	v.failed = err != nil
	return nil
}

func (h *hexora) close() { os.RemoveAll(h.dir) }
