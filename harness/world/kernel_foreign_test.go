package world

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"ikewit/harness/capture/ipsec"
	"ikewit/netns"
)

// aKernel holds a pair of SAs between two hosts as a daemon puts it in: alice's own view.
func aKernel() kernelContents {
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	key := func(n int, c byte) netns.KernelKey { return slices.Repeat([]byte{c}, n) }
	k := kernelContents{}
	for i, ends := range [][2]netip.Addr{{a, b}, {b, a}} {
		k.sas = append(k.sas, netns.KernelSA{
			SPI: 0x1000 + uint32(i), Proto: 50, Tunnel: true, Src: ends[0], Dst: ends[1], Window: 32,
			Cipher: "cbc(aes)", CipherKey: key(16, byte(i)), Integrity: "hmac(sha256)", AuthKey: key(32, byte(i+2)), Truncation: 128,
		})
		k.policies = append(k.policies, netns.KernelPolicy{
			Direction: []string{"out", "in"}[i], Src: netip.PrefixFrom(ends[0], 32), Dst: netip.PrefixFrom(ends[1], 32), IPsec: 50, Tunnel: true, OuterSrc: ends[0], OuterDst: ends[1],
		})
	}
	return k
}

// judge compares a kernel at alice's address with what another one holds.
func judgeKernel(t *testing.T, want, have kernelContents) Findings {
	t.Helper()
	var wire []*ipsec.SA
	for _, sa := range want.sas {
		x, err := want.reading(sa)
		if err != nil {
			t.Fatal(err)
		}
		wire = append(wire, x)
	}
	j := kernelJudge{host: "bob", addr: want.sas[1].Dst, window: 32, sas: have.sas, policies: have.policies}
	return j.compare(wire)
}

func TestForeignKernelsAreCompared(t *testing.T) {
	if found := judgeKernel(t, aKernel(), aKernel()); len(found) > 0 {
		t.Fatalf("the same twice: %v", found.Text())
	}
	for _, row := range []struct {
		says string
		lie  func(*kernelContents)
	}{
		{"kernel-sa", func(k *kernelContents) { k.sas[0].SPI++ }},
		{"kernel-sa", func(k *kernelContents) { k.sas = k.sas[:1] }},
		{"kernel-cipher-key", func(k *kernelContents) { k.sas[1].CipherKey[15] ^= 1 }},
		{"kernel-auth-key", func(k *kernelContents) { k.sas[0].AuthKey[0] ^= 1 }},
		{"kernel-cipher", func(k *kernelContents) { k.sas[0].Cipher = "cbc(des3_ede)" }},
		{"kernel-integrity", func(k *kernelContents) { k.sas[0].Integrity = "hmac(sha1)" }},
		{"kernel-truncation", func(k *kernelContents) { k.sas[0].Truncation = 96 }},
		{"kernel-mode", func(k *kernelContents) { k.sas[0].Tunnel = false }},
		{"kernel-ends", func(k *kernelContents) { k.sas[0].Src = k.sas[0].Dst }},
		{"kernel-replay", func(k *kernelContents) { k.sas[1].Window = 0 }},
		{"kernel-selector", func(k *kernelContents) {
			k.sas[0].SrcClient, k.sas[0].DstClient = netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.0.2.2/32")
		}},
		{"kernel-policy", func(k *kernelContents) { k.policies = k.policies[:1] }},
		{"kernel-policy", func(k *kernelContents) { k.policies[1].Src = netip.MustParsePrefix("192.0.2.0/24") }},
		{"kernel-policy", func(k *kernelContents) { k.policies[0].OuterDst = k.policies[0].OuterSrc }},
	} {
		have := aKernel()
		row.lie(&have)
		if found := judgeKernel(t, aKernel(), have); len(found) == 0 || !strings.Contains(found.Text(), "["+row.says+",") {
			t.Errorf("%s: found %q", row.says, found.Text())
		}
	}
}

func TestWhatTheJudgeCannotReadInAKernel(t *testing.T) {
	for _, lie := range []func(*kernelContents){
		func(k *kernelContents) { k.sas[0].Cipher = "cbc(serpent)" },
		func(k *kernelContents) { k.policies = nil },
	} {
		k := aKernel()
		lie(&k)
		if _, err := k.reading(k.sas[0]); err == nil {
			t.Error("it was read")
		}
	}
}

func TestRangeOfAPrefix(t *testing.T) {
	for text, want := range map[string]string{
		"10.1.2.3/32": "10.1.2.3-10.1.2.3", "10.1.2.3/20": "10.1.0.0-10.1.15.255", "0.0.0.0/0": "0.0.0.0-255.255.255.255",
		"2001:db8::/63": "2001:db8::-2001:db8:0:1:ffff:ffff:ffff:ffff",
	} {
		if r := rangeOf(netip.MustParsePrefix(text)); r.From.String()+"-"+r.To.String() != want {
			t.Errorf("%s: %v to %v, want %s", text, r.From, r.To, want)
		}
	}
}
