package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
)

// A profile is what --cpuprofile and --memprofile ask for, for who looks into the speed of the program.
type profile struct {
	cpu, mem string // files; "" = not asked for
	out      *os.File
}

func (p *profile) start() error {
	if p.cpu == "" {
		return nil
	}
	f, err := os.Create(p.cpu)
	if err != nil {
		return usage(err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return errors.Join(fmt.Errorf("cpu profile: %w", err), f.Close())
	}
	p.out = f
	return nil
}

func (p *profile) stop() error {
	var err error
	if p.out != nil {
		pprof.StopCPUProfile()
		err = p.out.Close()
	}
	if p.mem == "" {
		return err
	}
	f, createErr := os.Create(p.mem)
	if createErr != nil {
		return errors.Join(err, createErr)
	}
	runtime.GC() // what is left is what is held
	return errors.Join(err, pprof.WriteHeapProfile(f), f.Close())
}
