package load

import (
	"context"
	"fmt"
	"os"
	"testing"

	"ikewit/harness/peer/libreswan"
	"ikewit/harness/peer/strongswan"
)

// BenchmarkResponders puts the same load on our own responder and on those of others, one after the other on the same
// machine: 20 negotiations in flight, each of a new address. responder-cpu-ns/negotiation is what compares them; the rate
// depends on our initiator and on how busy the machine is too (others-%).
func BenchmarkResponders(b *testing.B) {
	for _, proposal := range []struct{ ike, esp string }{
		{"aes128-sha1-modp1024", "aes128-sha1"},
		{"3des-sha1-modp1024", "3des-sha1"},
		{"aes128-sha1-modp2048", "aes128-sha1"},
	} {
		for _, who := range []struct {
			name, peer string
			tuned      bool
			missing    func() string
		}{
			{"self", "self", false, func() string { return "" }},
			{"charon", "strongswan", false, missingCharon},
			{"charon-tuned", "strongswan", true, missingCharon},
			{"pluto", "libreswan", false, func() string { return missingPluto(proposal.ike) }},
		} {
			b.Run(proposal.ike+"/"+who.name, func(b *testing.B) {
				if why := who.missing(); why != "" {
					fmt.Fprintf(os.Stderr, "%s is skipped: %s\n", b.Name(), why) // Skip tells it with -v only
					b.Skip(why)
				}
				bench(b, Options{Peer: who.peer, Tuned: who.tuned, Policy: Policy{IKE: proposal.ike, ESP: proposal.esp}})
			})
		}
	}
}

func bench(b *testing.B, o Options) {
	const count = 500
	o.Pace, o.Addresses = Pace{InFlight: 20, Count: count}, 2*count
	o = options(b, o)
	var all Summary
	runs := 0
	for b.Loop() {
		s, err := Run(b.Context(), o)
		if err != nil {
			b.Fatal(err)
		}
		if s.Established != count {
			b.Fatalf("%d of %d established: %v, %s", s.Established, count, s.Failures, s.Trouble)
		}
		runs++
		all.ResponderCPU += s.ResponderCPU
		all.InitiatorCPU += s.InitiatorCPU
		all.Seconds += s.Seconds
		all.Latency.P50 += s.Latency.P50
		all.Latency.P99 += s.Latency.P99
		all.MemoryEach += s.MemoryEach
		all.Others += s.Others
	}
	for _, m := range []struct {
		sum, unit float64
		name      string
	}{
		{all.ResponderCPU, 1e6, "responder-cpu-ns/negotiation"},
		{all.InitiatorCPU, 1e6, "initiator-cpu-ns/negotiation"},
		{all.Latency.P50, 1, "p50-ms"},
		{all.Latency.P99, 1, "p99-ms"},
		{all.MemoryEach, 1, "responder-octets/negotiation"},
		{all.Others, 100, "others-%"},
	} {
		b.ReportMetric(m.sum*m.unit/float64(runs), m.name)
	}
	b.ReportMetric(float64(runs*count)/all.Seconds, "negotiations/s")
}

func missingCharon() string {
	if err := strongswan.Missing(); err != nil {
		return err.Error()
	}
	return ""
}

func missingPluto(ike string) string {
	if err := libreswan.Missing(context.Background()); err != nil {
		return err.Error()
	}
	terms, err := Policy{IKE: ike, ESP: "aes128-sha1"}.terms(somebody, "")
	if err == nil {
		_, err = libreswan.Config(terms)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}
