// Command pipwarden guards pip installs: a local package index that scans every file before its first byte is served,
// and allows, warns or blocks by a policy.
package main

import (
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"pipwarden/config"
)

// version is set by release builds: -ldflags "-X main.version=1.2.3".
var version = "dev"

// globals are what all subcommands share.
type globals struct {
	stdout io.Writer
	stderr *os.File
	log    *slog.Logger
	cfg    *config.Config
	json   bool

	configPath string
	flags      []config.Flag // configuration keys set by flags, in their order
	stamp      string        // of the configuration file when it was read
	started    bool          // the command line was understood
	profile    profile
}

// gcPercent has the collector run twice as often as usual: pages of megabytes come and go, and a guard on a developer's
// machine should be small. GOGC outranks it.
const gcPercent = 50

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	g := &globals{stdout: os.Stdout, stderr: os.Stderr, log: slog.New(slog.DiscardHandler)}
	err := newRootCmd(g).ExecuteContext(context.Background())
	if err != nil && !g.started {
		err = usage(err)
	}
	os.Exit(report(os.Stderr, errors.Join(err, g.profile.stop())))
}

func newRootCmd(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pipwarden",
		Short: "Guard pip installs: scan every file before it is served, and decide by a policy",
		Long: `pipwarden stands between pip, uv, pdm or poetry and the package index. It scans every file before the first byte is
served, and allows, warns or blocks by a policy in TOML; source installs, which run a package's code, above all.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage(withHint(err, "see \""+c.CommandPath()+" --help\""))
	})
	p := cmd.PersistentFlags()
	p.StringVar(&g.configPath, "config", "", "configuration file (default: $PIPWARDEN_CONFIG, the user's, then the machine's)")
	p.BoolVar(&g.json, "json", false, "print JSON for programs instead of text for people")
	p.StringVar(&g.profile.cpu, "cpuprofile", "", "write a CPU profile to this file")
	p.StringVar(&g.profile.mem, "memprofile", "", "write a memory profile to this file at the end")
	g.settingFlag(cmd, "cache-dir", "cache.dir", "folder of the store")
	g.settingFlag(cmd, "index-url", "upstream.index_url", "index to ask upstream (default: the one that pip would use)")
	g.settingFlag(cmd, "log-level", "log.level", "debug, info, warn or error")
	cmd.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return g.prepare(cmd) }
	serve := newServeCmd(g)
	g.settingFlag(serve, "listen", "server.listen", "address to listen on, as host:port")
	g.switchFlag(serve, "insecure-http", "server.insecure_http", "listen beyond this machine without TLS")
	cmd.AddCommand(newRunCmd(g), serve, newScanCmd(g), newPolicyCmd(g), newCacheCmd(g), newWhyCmd(g), newRulesCmd(g), newCertCmd(g), newConfigCmd(g), newVersionCmd(g))
	cmd.AddCommand(newSetupCmd(g), newDoctorCmd(g), newLockCmd(g), newTokenCmd(g))
	return cmd
}

// settingFlag makes a flag for a configuration key. Flags outrank environment and file.
func (g *globals) settingFlag(cmd *cobra.Command, flag, key, help string) {
	flags := cmd.PersistentFlags()
	flags.Func(flag, help, func(value string) error {
		g.flags = append(g.flags, config.Flag{Key: key, Value: value, Origin: "--" + flag})
		return nil
	})
	flags.Lookup(flag).DefValue = ""
}

// switchFlag makes a flag without value that turns a configuration key on.
func (g *globals) switchFlag(cmd *cobra.Command, flag, key, help string) {
	cmd.Flags().BoolFunc(flag, help, func(value string) error {
		g.flags = append(g.flags, config.Flag{Key: key, Value: value, Origin: "--" + flag})
		return nil
	})
}

// noConfig are the commands that work whatever the configuration says.
var noConfig = map[string]bool{"version": true, "help": true, "completion": true, "rules": true, "check": true, "__complete": true}

func (g *globals) prepare(cmd *cobra.Command) error {
	g.started = true
	if err := g.profile.start(); err != nil {
		return err
	}
	for c := cmd; c != nil; c = c.Parent() {
		if noConfig[c.Name()] {
			return nil
		}
	}
	cfg, err := g.loadConfig()
	if err != nil {
		return usage(err)
	}
	g.cfg = cfg
	g.stamp = g.configStamp()
	g.log = newLog(g.stderr, cfg.Log)
	return nil
}

// otherEnv are variables with our prefix that are no configuration keys.
var otherEnv = []string{"PIPWARDEN_PYTHON", "PIPWARDEN_LIVE", "PIPWARDEN_CORPUS", "PIPWARDEN_CLIENTS", "PIPWARDEN_CRASH_ROUNDS", "PIPWARDEN_CONNECTIONS"}

// loadConfig reads default, file, environment and flags, in that order of precedence.
func (g *globals) loadConfig() (*config.Config, error) {
	l := config.Loader{Path: g.configPath, Env: os.Environ(), OtherEnv: otherEnv, Flags: g.flags, Known: knownIDs()}
	return l.Load()
}

func newVersionCmd(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version and the scanner's fingerprint",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return g.printVersion() },
	}
}

// newHTTPLog takes net/http's complaints about single connections, which say nothing about us.
func newHTTPLog(l *slog.Logger) *log.Logger {
	return slog.NewLogLogger(l.Handler(), slog.LevelDebug)
}
