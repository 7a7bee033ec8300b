package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"ikewit/harness/report"
	"ikewit/harness/world"
)

// write shows a negotiation: the messages, both SA tables, the traffic, the checks, and the verdict last.
func (n *negotiation) write(p program, r report.Result) {
	paint := report.Paint{On: isTerminal(p.out) && os.Getenv("NO_COLOR") == ""}
	fmt.Fprintf(p.out, "%s\n%s\n", r.Name, strings.Trim(strings.ReplaceAll(n.top.Drawing, "\t", "  "), "\n"))
	if text := n.ladder.String(); text != "" {
		fmt.Fprintf(p.out, "\n%s", text)
	}
	if n.summary != nil {
		n.writeSummary(p.out, paint)
	}
	fmt.Fprintln(p.out)
	if r.Verdict != report.Pass {
		report.WriteFailure(p.out, r, paint)
		return
	}
	fmt.Fprintf(p.out, "%s  in %.2f s", paint.Verdict(r.Verdict, "PASS"), r.Duration.Seconds())
	if r.Bundle != "" {
		fmt.Fprintf(p.out, "  evidence in %s", r.Bundle)
	}
	fmt.Fprintln(p.out)
}

func (n *negotiation) writeSummary(w io.Writer, paint report.Paint) {
	s := n.summary
	if s.Phase1 != "" {
		fmt.Fprintf(w, "\nISAKMP SA   %s\n", s.Phase1)
	}
	if len(s.SAs) > 0 {
		fmt.Fprintln(w, "\nIPsec SAs")
		writeSAs(w, s.SAs)
	}
	if text := trafficText(s.Traffic); text != "" {
		fmt.Fprintf(w, "\nTraffic     %s\n", text)
	}
	fmt.Fprint(w, "Checks      ")
	var list []string
	for _, c := range s.Checks {
		text := fmt.Sprintf("%d of %s", len(c.Names), c.Noun)
		if c.Found > 0 {
			text = paint.Verdict(report.Fail, fmt.Sprintf("%s: %d findings", text, c.Found))
		}
		list = append(list, text)
	}
	fmt.Fprintln(w, strings.Join(list, ", "))
}

// writeSAs is a table of each side's SAs.
func writeSAs(w io.Writer, list []world.SARow) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  side\tway\tSA\tmode\tcipher\tauthentication\tselector\tlife\twindow\tpackets\t= wire")
	for _, r := range list {
		agrees := "yes"
		if !r.Agrees {
			agrees = "NO"
		}
		fmt.Fprintf(t, "  %s\t%s\t%s %s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\n",
			r.Side, r.Direction, r.Protocol, r.SPI, r.Mode, r.Cipher, r.Auth, r.Selector, r.Life, r.Window, r.Packets, agrees)
	}
	t.Flush()
}

func trafficText(t world.TrafficText) string {
	var pings, packets []string
	for pair, count := range t.Pings {
		from, to, _ := strings.Cut(pair, " ")
		pings = append(pings, fmt.Sprintf("%d pings %s -> %s answered", count, from, to))
	}
	for from, count := range t.Packets {
		packets = append(packets, fmt.Sprintf("%d packets of %s", count, from))
	}
	slices.Sort(pings)
	slices.Sort(packets)
	if len(pings) == 0 {
		return "none: the SAs are in no IPsec stack (" + t.Stack + ")"
	}
	return strings.Join(pings, ", ") + "; opened with the computed keys: " + strings.Join(packets, ", ") + "; stack: " + t.Stack
}
