package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
)

//go:embed guarddog.py
var guardDogDriver string

// guardDogThreshold is the score, of 10, from which GuardDog calls a package
// suspicious: its own "medium".
const guardDogThreshold = 5

// guardDog is one process that judges many artifacts: compiling its rules again
// for each, as it does by itself, but started once.
type guardDog struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers *bufio.Reader
	begun   time.Duration
}

// guardDogAnswer is a line of the driver.
type guardDogAnswer struct {
	Score float64 `json:"score"`
	Error string  `json:"error"`
	CPU   float64 `json:"cpu"` // seconds
}

func openGuardDog(ctx context.Context, venv string) (judge, error) {
	g := &guardDog{cmd: exec.CommandContext(ctx, program(venv, "python"), "-c", guardDogDriver)}
	in, err := g.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := g.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	g.in, g.answers = in, bufio.NewReader(out)
	if err := g.cmd.Start(); err != nil {
		return nil, err
	}
	a, err := g.answer()
	if err != nil {
		g.close()
		return nil, fmt.Errorf("start guarddog: %w", err)
	}
	g.begun = seconds(a.CPU)
	return g, nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func (g *guardDog) start() time.Duration { return g.begun }

func (g *guardDog) judge(ctx context.Context, v *verdict, content []byte) error {
	// The pipe cannot be waited for with a context: the process ends with it.
	stop := context.AfterFunc(ctx, func() { _ = g.cmd.Process.Kill() })
	defer stop()
	if _, err := fmt.Fprintf(g.in, "{\"size\": %d}\n", len(content)); err != nil {
		return err
	}
	if _, err := g.in.Write(content); err != nil {
		return err
	}
	a, err := g.answer()
	if err != nil {
		return err
	}
	v.cpu, v.failed, v.flagged = seconds(a.CPU), a.Error != "", a.Score >= guardDogThreshold
	return nil
}

func (g *guardDog) answer() (a guardDogAnswer, err error) {
	line, err := g.answers.ReadBytes('\n')
	if errors.Is(err, io.EOF) {
		return a, io.ErrUnexpectedEOF
	}
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(line, &a)
}

func (g *guardDog) close() {
	_ = g.in.Close()
	_ = g.cmd.Process.Kill() // it may be within a file
	_ = g.cmd.Wait()         // how it ended says nothing
}
