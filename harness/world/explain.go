package world

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"ikewit/harness/capture"
	"ikewit/harness/check"
	"ikewit/harness/peer"
	"ikewit/harness/report"
)

// Explain tells an error of a step in the order in which a reader wants to know. Snapshot comes before it.
func (w *World) Explain(err error, step string) *report.Failure {
	f := &report.Failure{Step: step, Cause: err.Error(), Code: "step", Rerun: w.Rerun()}
	frame := 0
	var (
		findings Findings
		mismatch *Mismatch
	)
	switch {
	case errors.As(err, &findings):
		frame = w.explainFindings(f, findings)
	case errors.As(err, &mismatch):
		f.Code, f.Cause, f.Expected, f.Actual, f.Next = mismatch.Code, mismatch.What, mismatch.Expected, mismatch.Actual, mismatch.Next
	}
	if w.last != nil && w.last.evidence != nil {
		f.Ladder = w.ladder(w.last.evidence, frame)
	}
	f.Log = w.lastWords()
	if f.Next == "" {
		f.Next = nextOf[f.Code]
	}
	return f
}

// nextOf is advice by the code of a cause.
var nextOf = map[string]string{
	"timeout":        "look at the ladder for the message that nobody answered, then at the log of who should have",
	"negotiation":    "the last lines of both sides are above; -b 1 on either side shows its decisions",
	"sa-cipher-key":  "compare the order of what KEYMAT is cut into and hashed from with RFC 2409 section 5.5",
	"sa-auth-key":    "compare the order of what KEYMAT is cut into and hashed from with RFC 2409 section 5.5",
	"hash":           "the octets that this hash covers are drawn in RFC 2409 section 5",
	"opened":         "the IV chain is told in RFC 2409 appendix B: the last block of the message before, of the same exchange",
	"clear-packet":   "look which policy was missing, or came too late, at who sent it: the SA dumps have times",
	"clear-payload":  "the frame is named; wit decode shows what it is",
	"packet-opens":   "open it by hand: tshark with the esp_sa table of the bundle",
	"sa-present":     "an install failed, or an SA was taken back: the logs say which",
	"left-behind":    "whoever opened it has to close it",
	"replay-counter": "RFC 2406 section 3.4.3: the window is looked at before the ICV, and moved after it",
	"delivered":      "wit decode on the bundle shows the copies; RFC 2406 section 3.4.3 says which are to be dropped",
	"wrong-icv":      "RFC 2406 section 3.4.4: the ICV is compared in full before anything is decrypted or delivered",
	"exit-status":    "the last lines that it said are above, all of them in the bundle",
	"message-order":  "the ladder shows what was on the wire",
	"proposal":       "wit decode --keys on the bundle shows the offer, attribute by attribute",
	"notify":         "the ladder shows what was on the wire; the log of the sender says why",
}

// explainFindings takes the first finding for the cause and gives its frame.
func (w *World) explainFindings(f *report.Failure, list Findings) int {
	first := list[0]
	f.Code, f.Expected, f.Actual = first.Check, first.Expected, first.Actual
	bare := first
	bare.Expected, bare.Actual = "", ""
	f.Cause = bare.String()
	if first.Frame > 0 {
		f.Cause += fmt.Sprintf(" (frame %d)", first.Frame)
	}
	f.Clause = first.Rule
	const most = 8
	for _, x := range list[:min(most, len(list))] {
		if strings.HasPrefix(x.Check, "sa-") {
			f.SADiff = append(f.SADiff, x.String())
		}
	}
	return first.Frame
}

// Rerun is the command that runs this case again, with the same random choices.
func (w *World) Rerun() string {
	if !strings.Contains(w.ID, ".feature:") {
		return fmt.Sprintf("%s --seed %d", w.Name, w.RunSeed) // a command of its own, not a case
	}
	text := fmt.Sprintf("wit run %s --seed %d", w.ID, w.RunSeed)
	if w.Settings.Fabric != "netns" && !slices.Contains(w.Tags, "sim") {
		text += " --fabric " + w.Settings.Fabric
	}
	if w.Kernel != "" && w.Kernel != "auto" {
		text += " --kernel " + w.Kernel
	}
	return text
}

// lastWords are the last lines of every peer that tell something.
func (w *World) lastWords() []string {
	const most = 6
	var all []string
	for _, p := range w.runs {
		lines := p.Journal().Lines(0)
		lines = slices.DeleteFunc(lines, func(l peer.Line) bool { return strings.HasPrefix(l.Text, "= ") }) // keys stay where they were asked for
		for _, l := range lines[max(0, len(lines)-most):] {
			all = append(all, p.Host()+": "+shortened(l.Text))
		}
	}
	return all
}

// shortened cuts a line that nobody would read to its end; the log has it whole.
func shortened(line string) string {
	const most = 150
	if r := []rune(line); len(r) > most {
		return string(r[:most]) + " ..."
	}
	return line
}

// Ladder draws what was said on the wire, and the traffic in SAs in one rung a direction and kind.
func (w *World) Ladder() *report.Ladder {
	e, err := w.Evidence()
	if err != nil {
		return nil
	}
	return w.ladder(e, 0)
}

// ladder draws the wire; the rung of a frame is marked.
func (w *World) ladder(e *evidence, marked int) *report.Ladder {
	left, right := w.top.Peers[0], w.top.Peers[1]
	l := &report.Ladder{Left: left + " " + w.wireAddr(left).String(), Right: right + " " + w.wireAddr(right).String()}
	var start time.Time
	messages := map[int]*capture.Message{}
	for _, m := range e.messages() {
		messages[m.Frame] = m
	}
	clear := e.inClear()
	for _, r := range e.Records {
		rung, ok := w.rung(r, messages[r.Frame], clear[r.Frame])
		if !ok {
			continue
		}
		if start.IsZero() {
			start = r.Time
		}
		rung.At, rung.Marked = r.Time.Sub(start), r.Frame == marked && marked > 0
		if e.Forged[r.Frame] {
			rung.Note = strings.TrimSpace(rung.Note + " by the harness")
		}
		l.Rungs = append(l.Rungs, rung)
	}
	return foldTraffic(l)
}

// rung makes a rung of a record; not ok for what is no part of the story. clear: the frame holds what the SAs are for.
func (w *World) rung(r capture.Record, m *capture.Message, clear bool) (report.Rung, bool) {
	x := report.Rung{ToRight: w.toRight(r.Src.Addr(), r.Dst.Addr())}
	switch {
	case r.Kind == capture.KindISAKMP && m != nil:
		x.Name, x.Text = m.Name, strings.ReplaceAll(m.Layout(), ",", "")
		if m.Resent != nil {
			x.Note = "again"
		}
	case r.Kind == capture.KindESP:
		x.Name, x.Text = "ESP", fmt.Sprintf("%08x", r.ESP.SPI)
	case r.Kind == capture.KindAH:
		x.Name, x.Text = "AH", fmt.Sprintf("%08x", r.AH.SPI)
	case r.Kind == capture.KindOther && clear:
		x.Name, x.Text = "CLEAR", fmt.Sprintf("IP protocol %d", r.IP.Protocol)
	case r.Kind == capture.KindProblem:
		x.Name, x.Text = "?", r.Err.Error()
	default:
		return x, false
	}
	return x, true
}

// inClear are the frames that hold, outside of the SAs, what the SAs are for; those of the harness too. What stands behind an AH
// can be read, and is not outside.
func (e *evidence) inClear() map[int]bool {
	frames := map[int]bool{}
	for _, f := range check.Clear.Run(&check.Evidence{Records: e.Records, Protected: e.Protected}) {
		frames[f.Frame] = true
	}
	return frames
}

// toRight tells the direction: the hosts behind a gateway stand on its side.
func (w *World) toRight(src, dst netip.Addr) bool {
	left := w.top.Peers[0]
	return w.isAt(left, src) || !w.isAt(left, dst)
}

// foldTraffic leaves the first packets of a long exchange of pings and counts the rest.
func foldTraffic(l *report.Ladder) *report.Ladder {
	const shown = 4
	var out []report.Rung
	run := 0
	for _, r := range l.Rungs {
		if (r.Name == "ESP" || r.Name == "AH") && !r.Marked && r.Note == "" {
			run++
		} else {
			out = fold(out, run-shown)
			run = 0
		}
		if run <= shown {
			out = append(out, r)
		}
	}
	l.Rungs = fold(out, run-shown)
	return l
}

func fold(list []report.Rung, more int) []report.Rung {
	if more <= 0 || len(list) == 0 {
		return list
	}
	return append(list, report.Rung{At: list[len(list)-1].At, Local: true, Text: fmt.Sprintf("... and %d more in these SAs", more)})
}
