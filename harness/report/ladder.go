package report

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// A Ladder shows the messages of a negotiation between two hosts, one rung each, time
// downwards.
type Ladder struct {
	Left, Right string // "alice 10.99.0.1"
	Rungs       []Rung
}

// A Rung is one message, or one thing that happened at one of the hosts.
type Rung struct {
	At      time.Duration // since the first rung
	ToRight bool
	Name    string // MI1, QR1, INFO, ESP
	Text    string // "HDR* HASH(1) SA Ni"
	Note    string // behind it: "lost", "again"
	Marked  bool   // the offending one
	Local   bool   // no message: Text happened at the left host (ToRight false) or the right one
}

// ladderWidth is the room between the two hosts, in characters.
const ladderWidth = 64

// String draws the ladder.
//
//	       alice 10.99.0.1                                       bob 10.99.0.2
//	0.000  │ MI1  HDR SA ─────────────────────────────────────────────────────►│
//	0.002  │◄───────────────────────────────────────────────────── MR1  HDR SA │
func (l *Ladder) String() string {
	if l == nil || len(l.Rungs) == 0 {
		return ""
	}
	var b strings.Builder
	gap := max(2, ladderWidth+2-utf8.RuneCountInString(l.Left)-utf8.RuneCountInString(l.Right))
	fmt.Fprintf(&b, "          %s%s%s\n", l.Left, strings.Repeat(" ", gap), l.Right)
	for _, r := range l.Rungs {
		mark := "  "
		if r.Marked {
			mark = "=>"
		}
		line := fmt.Sprintf("%s%7.3f │%s│", mark, r.At.Seconds(), r.body())
		if r.Note != "" {
			line += " " + r.Note
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

func (r Rung) body() string {
	label := strings.TrimSpace(fmt.Sprintf("%-4s %s", r.Name, r.Text))
	label = cut(label, ladderWidth-8)
	rest := ladderWidth - utf8.RuneCountInString(label) - 3
	switch {
	case r.Local && r.ToRight:
		return strings.Repeat(" ", rest+1) + label + "  "
	case r.Local:
		return "  " + label + strings.Repeat(" ", rest+1)
	case r.ToRight:
		return " " + label + " " + strings.Repeat("─", rest) + "►"
	}
	return "◄" + strings.Repeat("─", rest) + " " + label + " "
}

// cut shortens a text to n characters.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
