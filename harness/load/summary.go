package load

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// A Summary is what a load run found out; times are in milliseconds, sizes in octets.
type Summary struct {
	Peer      string  `json:"peer"`
	Version   string  `json:"version"`
	Policy    string  `json:"policy"`
	Seed      uint64  `json:"seed"`
	InFlight  int     `json:"in_flight"`
	Rate      float64 `json:"rate,omitempty"` // asked for
	HeldBack  bool    `json:"held_back,omitempty"`
	Addresses int     `json:"addresses"`

	Begun       int            `json:"begun"`
	Established int            `json:"established"`
	Failed      int            `json:"failed"`
	Failures    map[string]int `json:"failures,omitempty"`
	Trouble     string         `json:"trouble,omitempty"` // why the run says nothing: the responder died, it was interrupted

	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"per_second"` // established
	Latency   Latency `json:"latency_ms"`

	ResponderCPU float64 `json:"responder_cpu_ms"` // for each that was established
	InitiatorCPU float64 `json:"initiator_cpu_ms"`
	Others       float64 `json:"others"` // the part of the machine that others had, 0 to 1
	MemoryBefore int64   `json:"responder_memory_before"`
	MemoryAfter  int64   `json:"responder_memory_after"`
	MemoryEach   float64 `json:"responder_memory_each,omitempty"` // for each that was established; not with Delete

	Sent      int `json:"datagrams_sent"`
	SentAgain int `json:"datagrams_sent_again"`
	NotSent   int `json:"datagrams_not_sent,omitempty"`
	Received  int `json:"datagrams_received"`
	Strays    int `json:"datagrams_stray,omitempty"`
}

// Latency is how long negotiations took, of those established.
type Latency struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	Min  float64 `json:"min"`
	Mean float64 `json:"mean"`
	Max  float64 `json:"max"`
}

func summarize(o Options, version string, t *Tally, before, after usage) *Summary {
	s := &Summary{
		Peer: o.Peer, Version: version, Policy: o.Policy.String(), Seed: o.Seed, InFlight: o.Pace.InFlight, Rate: o.Pace.Rate,
		HeldBack: t.HeldBack, Addresses: o.Addresses,
		Begun: t.Begun, Established: t.Established, Failed: t.Failed, Failures: t.Failures,
		Seconds: t.Elapsed.Seconds(), PerSecond: float64(t.Established) / t.Elapsed.Seconds(),
		Latency: Latency{
			milliseconds(t.Quantile(0.5)), milliseconds(t.Quantile(0.9)), milliseconds(t.Quantile(0.99)),
			milliseconds(t.latency.min), milliseconds(t.latency.mean()), milliseconds(t.latency.max),
		},
		Others: after.others(before), MemoryBefore: before.responderMemory, MemoryAfter: after.responderMemory,
		Sent: t.Sent, SentAgain: t.SentAgain, NotSent: t.NotSent, Received: t.Received, Strays: t.Strays,
	}
	if n := t.Established; n > 0 {
		s.ResponderCPU = milliseconds(after.responder-before.responder) / float64(n)
		s.InitiatorCPU = milliseconds(after.own-before.own) / float64(n)
		if !o.Delete {
			s.MemoryEach = float64(after.responderMemory-before.responderMemory) / float64(n)
		}
	}
	if t.Interrupted {
		s.Trouble = "interrupted"
	}
	return s
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Write writes a summary for people.
func (s *Summary) Write(w io.Writer) error {
	var lines []string
	line := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	pace := fmt.Sprintf("%d in flight", s.InFlight)
	if s.Rate > 0 {
		pace += fmt.Sprintf(", %g/s asked for", s.Rate)
	}
	line("responder    %s (%s)", s.Peer, s.Version)
	line("policy       %s; %s, %d addresses, seed %d", s.Policy, pace, s.Addresses, s.Seed)
	line("negotiations %d begun, %d established, %d failed in %.2f s: %.0f/s", s.Begun, s.Established, s.Failed, s.Seconds, s.PerSecond)
	if s.HeldBack {
		line("             the rate was not kept: %d were in flight", s.InFlight)
	}
	if s.Established > 0 {
		l := s.Latency
		line("latency      p50 %.1f ms, p90 %.1f ms, p99 %.1f ms (%.1f to %.1f ms)", l.P50, l.P90, l.P99, l.Min, l.Max)
		line("CPU          responder %.3f ms, initiator %.3f ms a negotiation (others had %.0f %% of the machine)",
			s.ResponderCPU, s.InitiatorCPU, 100*s.Others)
	}
	memory := fmt.Sprintf("responder    %.1f MB before, %.1f MB after", float64(s.MemoryBefore)/1e6, float64(s.MemoryAfter)/1e6)
	if s.MemoryEach > 0 {
		memory += fmt.Sprintf(": %.1f kB for each negotiation", s.MemoryEach/1e3)
	}
	line("memory       %s", memory[len("responder    "):])
	line("datagrams    %d sent, %d of them again; %d received; %d not sent, %d strays", s.Sent, s.SentAgain, s.Received, s.NotSent, s.Strays)
	for _, reason := range slices.SortedFunc(maps.Keys(s.Failures), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.Failures[b], s.Failures[a]), cmp.Compare(a, b))
	}) {
		line("failed       %6d  %s", s.Failures[reason], reason)
	}
	if s.Trouble != "" {
		line("trouble      %s", s.Trouble)
	}
	for _, l := range lines {
		if _, err := fmt.Fprintln(w, l); err != nil {
			return err
		}
	}
	return nil
}
