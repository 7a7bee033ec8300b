package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"ikewit/harness/peer/foreign"
	"ikewit/harness/report"
	"ikewit/netns/guest"
)

// runInGuest runs the same command line under a kernel that has IPsec, and brings back its exit status, its reports and
// its evidence.
func (p program) runInGuest(s *settings) (int, error) {
	if err := guest.Missing(); err != nil {
		return report.ExitEnvironment, fmt.Errorf("--kernel guest: %w", err)
	}
	unpackForeign(s)
	program, err := os.Executable()
	if err != nil {
		return report.ExitEnvironment, err
	}
	out, err := os.MkdirTemp("", "wit-guest-")
	if err != nil {
		return report.ExitEnvironment, err
	}
	defer os.RemoveAll(out)
	args, back := guestArguments(s.raw)
	evidence := badEvidence()
	back[guestBad] = evidence

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	status, err := guest.Run(ctx, guest.Config{
		Command: append([]string{program}, args...), Env: append(os.Environ(), evidenceVariable+"="+evidence), Out: out, Stdout: p.out, CPUs: s.guestCPUs,
	})
	if err != nil {
		return report.ExitEnvironment, fmt.Errorf("--kernel guest: %w", err)
	}
	os.Remove(filepath.Join(out, guestBad)) // if it is empty
	for name, to := range back {
		if err := bring(filepath.Join(out, name), to); err != nil {
			return report.ExitEnvironment, fmt.Errorf("--kernel guest: %w", err)
		}
	}
	return status, nil
}

// unpackForeign has the foreign peers of a run fetched and unpacked here: what a guest unpacks is gone with it, and it has no network.
// One that cannot be had is told by the cases that want it.
func unpackForeign(s *settings) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, name := range foreign.Names() {
		if s.peer == name || s.raw[0] == "matrix" {
			foreign.Version(ctx, name)
		}
	}
}

// guestArguments is the command line for the guest. back says which of its files belong where here.
func guestArguments(raw []string) (args []string, back map[string]string) {
	back = map[string]string{}
	for i := 0; i < len(raw); i++ {
		name, value, joined := strings.Cut(raw[i], "=")
		takes := name == "--kernel" || name == "--report" || name == "--out" || name == "--guest-cpus"
		if takes && !joined && i+1 < len(raw) {
			i++
			value = raw[i]
		}
		switch {
		case !takes:
			args = append(args, raw[i])
		case name == "--kernel":
			args = append(args, "--kernel", "xfrm")
		case name == "--report":
			kind, file, _ := strings.Cut(value, "=")
			back["report-"+kind] = file
			args = append(args, "--report", kind+"=/out/report-"+kind)
		case name == "--out":
			back["evidence"] = value
			args = append(args, "--out", "/out/evidence")
		}
	}
	return args, back
}

// bring copies a file or a folder, over what is there already; one that the guest did not make is no error.
func bring(from, to string) error {
	if _, err := os.Stat(from); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), info.Mode().Perm())
		}
		return bringFile(path, filepath.Join(to, name), info)
	})
}

func bringFile(from, to string, info fs.FileInfo) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	f, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(f, in)
	return errors.Join(err, f.Chmod(info.Mode().Perm()), f.Close())
}

// evidenceVariable tells the guest where the evidence of bad cases will be on the host, which is what it prints.
const (
	evidenceVariable = "IKEWIT_EVIDENCE"
	guestBad         = "bad"
)

// badEvidence is the folder for the evidence of bad cases. In the guest it leads to what the host sees.
func badEvidence() string {
	at := os.Getenv(evidenceVariable)
	if at == "" {
		return filepath.Join(os.TempDir(), fmt.Sprintf("wit-%d", os.Getpid()))
	}
	seen := filepath.Join("/out", guestBad)
	if os.MkdirAll(seen, 0o755) != nil || os.Symlink(seen, at) != nil {
		return seen
	}
	return at
}
