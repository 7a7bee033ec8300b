package world

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ikewit/harness/capture/pcapfile"
	"ikewit/harness/check"
	"ikewit/harness/report"
	"ikewit/impl/sadb"
)

// A snapshot is what a scenario leaves behind, taken before it is taken down.
type snapshot struct {
	at       time.Time
	evidence *evidence
	sas      map[string][]sadb.SA
	policies map[string][]sadb.Policy
	kernels  map[string]string // in words, where they are witnesses
	problems []error
}

// Snapshot keeps what is there now for the bundle.
func (w *World) Snapshot() {
	if w.fabric == nil {
		return
	}
	s := &snapshot{at: time.Now(), sas: map[string][]sadb.SA{}, policies: map[string][]sadb.Policy{}}
	var err error
	if s.evidence, err = w.Evidence(); err != nil {
		s.problems = append(s.problems, err)
	}
	for _, p := range w.Running() {
		if list, ok, err := p.SAs(); ok && err == nil {
			s.sas[p.Host()] = list
		}
		if list, ok, err := p.Policies(); ok && err == nil {
			s.policies[p.Host()] = list
		}
	}
	s.kernels = w.kernelTexts()
	if s.kernels == nil {
		s.kernels = w.foreignKernelTexts()
	}
	w.last = s
}

// KeepEvidence writes the bundle of a case, if it is to be kept: every case with Settings.Out, else those that are not
// good. What holds keys can be read by its owner only.
func (w *World) KeepEvidence(r *report.Result) error {
	below := w.Out
	if below == "" && (r.Verdict == report.Fail || r.Verdict == report.Unresolved || r.Verdict == report.XPass) {
		below = w.Bad
	}
	if below == "" || w.last == nil {
		return nil
	}
	dir := filepath.Join(below, strings.NewReplacer("/", "_", ":", "-", ".feature", "").Replace(strings.TrimPrefix(w.ID, "features/")))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keep the evidence: %w", err)
	}
	b := &bundle{dir: dir}
	b.write("case.txt", 0o644, w.caseText(r))
	for i, p := range w.runs {
		b.write(fmt.Sprintf("%s-%d.log", p.Host(), i), 0o600, w.logText(i)) // -b 4 puts keys into it
	}
	w.keepConfigurations(b)
	if s := w.last; s != nil && s.evidence != nil {
		for _, p := range w.Running() {
			b.write("sas-"+p.Host()+".txt", 0o600, saText(s, p.Host()))
		}
		for _, name := range slices.Sorted(maps.Keys(s.kernels)) {
			b.write("kernel-"+name+".txt", 0o644, s.kernels[name])
		}
		b.add("wire.pcapng", func(path string) error { return writeCapture(path, w, s.evidence) })
		b.tables(s.evidence, w.keying.sas...)
	}
	r.Bundle = dir
	if r.Failure != nil {
		r.Failure.Files = b.files
	}
	return errors.Join(b.errs...)
}

// A bundle is a folder being filled.
type bundle struct {
	dir   string
	files []string
	errs  []error
}

func (b *bundle) write(name string, mode os.FileMode, text string) {
	b.add(name, func(path string) error { return os.WriteFile(path, []byte(text), mode) })
}

// add notes a file that a function writes.
func (b *bundle) add(name string, write func(path string) error) {
	path := filepath.Join(b.dir, name)
	if err := write(path); err != nil {
		b.errs = append(b.errs, fmt.Errorf("keep the evidence: %w", err))
		return
	}
	b.files = append(b.files, path)
}

// caseText says which case it was and how to run it again.
func (w *World) caseText(r *report.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "case     %s\nname     %s\ntags     @%s\nverdict  %s\n", w.ID, w.Name, strings.Join(w.Tags, " @"), r.Verdict)
	if r.Reason != "" {
		fmt.Fprintf(&b, "reason   %s\n", r.Reason)
	}
	fmt.Fprintf(&b, "fabric   %s\nkernel   %s\nseed     %d (of the run: %d)\nstarted  %s\nagain    %s\n",
		w.Fabric, w.KernelName(), w.Seed, w.RunSeed, w.start.UTC().Format(time.RFC3339Nano), w.Rerun())
	for _, p := range w.runs {
		fmt.Fprintf(&b, "on %-5s %s\n", p.Host(), p.Command())
	}
	if w.top.Drawing != "" {
		fmt.Fprintf(&b, "\n%s: %s", w.top.Name, w.top.Drawing)
	}
	if w.last != nil && w.last.evidence != nil {
		fmt.Fprintf(&b, "\n%s", w.ladder(w.last.evidence, 0))
		for _, err := range append(w.last.evidence.problems, w.last.problems...) {
			fmt.Fprintf(&b, "problem: %v\n", err)
		}
	}
	if r.Failure != nil {
		b.WriteString("\n")
		report.WriteFailure(&b, *r, report.Paint{})
	}
	return b.String()
}

// logText is everything that a run wrote, and what its engine told, in order of time.
func (w *World) logText(i int) string {
	p := w.runs[i]
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: %s\n", p.Host(), p.Command())
	lines := p.Journal().Lines(0)
	for _, l := range lines {
		stream := "out"
		if l.Stream == 2 {
			stream = "err"
		}
		fmt.Fprintf(&b, "%10.6f %s %s\n", l.At.Sub(w.start).Seconds(), stream, l.Text)
	}
	select {
	case <-p.Ended():
		fmt.Fprintf(&b, "# exit status %d\n", p.Status())
	default:
		b.WriteString("# still running\n")
	}
	return b.String()
}

// saText dumps the SAs and policies of a host, without keys: those are in the tables.
func saText(s *snapshot, host string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s at %s\n", host, s.at.UTC().Format(time.RFC3339Nano))
	for _, sa := range s.sas[host] {
		fmt.Fprintf(&b, "%-3s %v\n", sa.Direction, sa)
		fmt.Fprintf(&b, "    state %s  window %d  selector %v  cipher key %d octets  authentication key %d octets\n",
			sa.State, sa.ReplayWindow, sa.Selector, len(sa.CipherKey), len(sa.AuthKey))
		fmt.Fprintf(&b, "    hard %s  soft %s\n", limitText(sa.Hard), limitText(sa.Soft))
		u := sa.Current
		fmt.Fprintf(&b, "    used %d octets, %d packets, sequence number %d; added %s; replays dropped %d, ICVs wrong %d\n",
			u.Octets, u.Packets, u.Seq, u.Added.UTC().Format(time.RFC3339Nano), u.ReplayDrops, u.IntegrityFail)
	}
	for _, p := range s.policies[host] {
		fmt.Fprintf(&b, "policy %v\n", p)
	}
	return b.String()
}

func limitText(l sadb.Limits) string {
	return fmt.Sprintf("%v, %d octets", l.Add, l.Octets)
}

// writeCapture writes the frames, each with a comment: what it is, what is in it, and what the judge says of it.
func writeCapture(path string, w *World, e *evidence) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	out, err := pcapfile.NewWriter(f, "ikewit")
	if err != nil {
		return err
	}
	comments := e.comments(w)
	for _, frame := range e.frames {
		if c := comments[frame.Number]; c != "" {
			frame.Comments = []string{c}
		}
		if err := out.Write(frame); err != nil {
			return err
		}
	}
	return f.Close()
}

// comments says of every frame what it is and how it was judged.
func (e *evidence) comments(w *World) map[int]string {
	text := map[int]string{}
	for _, m := range e.messages() {
		verdict := "in order"
		if !m.Good() {
			verdict = "not in order"
		}
		text[m.Frame] = fmt.Sprintf("%s of %s: %s: %s", m.Name, w.HostAt(m.Src.Addr()), m.Layout(), verdict)
	}
	for _, p := range e.Packets() {
		what := "opened"
		if p.Err != nil {
			what = p.Err.Error()
		} else if p.Opened.Verified {
			what = "opened, ICV right"
		}
		text[p.Record.Frame] = fmt.Sprintf("%s of %s: %s", p.Name(), w.HostAt(p.Record.Src.Addr()), what)
	}
	for n := range e.Forged {
		text[n] = "put on the wire by the harness"
	}
	for _, f := range check.All().Run(&e.Evidence) {
		if f.Frame > 0 {
			text[f.Frame] += "; " + f.String() + " [" + f.Check + "]"
		}
	}
	return text
}
