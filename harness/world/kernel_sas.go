package world

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/isakmp"
	"ikewit/harness/check"
	"ikewit/impl/sadb"
	"ikewit/netns"
)

// The kernel's names of what the judge computes, written from Documentation/crypto and net/xfrm/xfrm_algo.c of Linux, not
// from our driver.
var (
	kernelCiphers = map[string]string{
		"des": "cbc(des)", "3des": "cbc(des3_ede)", "blowfish": "cbc(blowfish)", "cast": "cbc(cast5)", "null": "ecb(cipher_null)",
		"aes": "cbc(aes)", "aes-ctr": "rfc3686(ctr(aes))",
		"aes-gcm-8": "rfc4106(gcm(aes))", "aes-gcm-12": "rfc4106(gcm(aes))", "aes-gcm-16": "rfc4106(gcm(aes))",
	}
	kernelHashes = map[string]string{
		"hmac-md5-96": "hmac(md5)", "hmac-sha1-96": "hmac(sha1)", "hmac-sha256-128": "hmac(sha256)", "hmac-sha256-96": "hmac(sha256)",
		"hmac-sha384-192": "hmac(sha384)", "hmac-sha512-256": "hmac(sha512)",
	}
	kernelProtocols = map[isakmp.Protocol]uint8{isakmp.ProtoESP: 50, isakmp.ProtoAH: 51}
)

// KernelsAgree compares the SAs and policies in both kernels with what follows from the wire, and so with each other. window is
// the replay window of inbound SAs in packets.
func (w *World) KernelsAgree(window int) error {
	_, n, err := w.witness()
	if err != nil {
		return err
	}
	e, err := w.Evidence()
	if err != nil {
		return err
	}
	if err := e.computed(); err != nil {
		return err
	}
	var all Findings
	for _, name := range w.top.Peers {
		sas, err := n.Host(name).KernelSAs()
		if err != nil {
			return err
		}
		policies, err := n.Host(name).KernelPolicies()
		if err != nil {
			return err
		}
		w.kernelOutside(name, sas, policies)
		j := kernelJudge{host: name, addr: w.wireAddr(name), side: e.Side(name), ports: w.encapsulation(e, name), window: window, sas: sas, policies: policies}
		all = append(all, j.compare(e.Wire)...)
	}
	if len(all) > 0 {
		return all
	}
	return nil
}

// A kernelJudge compares one kernel with the wire.
type kernelJudge struct {
	host     string
	addr     netip.Addr
	side     *check.Side // for the longest life that it gives; nil: not known
	ports    map[netip.Addr]uint16
	window   int
	foreign  bool // the host's daemon is that of somebody else
	sas      []netns.KernelSA
	policies []netns.KernelPolicy
	found    Findings
}

func (j *kernelJudge) compare(wire []*ipsec.SA) Findings {
	known := 0
	for _, sa := range wire {
		if !sa.Confirmed {
			continue
		}
		k := j.find(sa)
		if k == nil {
			j.say("kernel-sa", fmt.Sprintf("the kernel of %s does not have the SA that was negotiated: SPI %08x", j.host, sa.SPI), "", "")
			continue
		}
		known++
		j.compareSA(sa, k)
		j.comparePolicy(sa)
	}
	if known < len(j.sas) {
		j.say("kernel-sa", fmt.Sprintf("SAs in the kernel of %s", j.host), fmt.Sprint(known), fmt.Sprint(len(j.sas)))
	}
	return j.found
}

func (j *kernelJudge) find(sa *ipsec.SA) *netns.KernelSA {
	for i, k := range j.sas {
		if k.SPI == sa.SPI && k.Dst == sa.Dst && k.Proto == kernelProtocols[sa.Protocol] {
			return &j.sas[i]
		}
	}
	return nil
}

func (j *kernelJudge) say(name, what, expected, actual string) {
	j.found = append(j.found, check.Finding{Check: name, Rule: "the kernel as witness", What: what, Expected: expected, Actual: actual})
}

func (j *kernelJudge) compareSA(sa *ipsec.SA, k *netns.KernelSA) {
	inbound := sa.Dst == j.addr
	direction := map[bool]string{true: "inbound", false: "outbound"}[inbound]
	same := func(name, what string, expected, actual any) {
		if expected != actual {
			j.say(name, fmt.Sprintf("%s of the %s SA in the kernel of %s, SPI %08x", what, direction, j.host, k.SPI), fmt.Sprint(expected), fmt.Sprint(actual))
		}
	}
	cipher, icv, hash, cut := "", 0, "", 0
	if c := sa.Cipher; c != nil {
		cipher, icv = kernelCiphers[c.Name], 8*c.ICV
		same("kernel-cipher-key", "cipher key", keyAgrees, compareKeys(sa.Key, k.CipherKey))
	}
	if i := sa.Integrity; i != nil {
		hash, cut = kernelHashes[i.Name], 8*i.ICV
		same("kernel-auth-key", "authentication key", keyAgrees, compareKeys(sa.AuthKey, k.AuthKey))
	}
	if sa.Integrity == nil && sa.Protocol == isakmp.ProtoESP && k.Integrity == "digest_null" {
		k.Integrity, k.Truncation = "", 0 // how a kernel writes that there is none
	}
	same("kernel-cipher", "cipher", cipher, k.Cipher)
	same("kernel-cipher", "ICV of the cipher in bits", icv, k.CipherICV)
	same("kernel-integrity", "authentication algorithm", hash, k.Integrity)
	same("kernel-truncation", "truncation of the ICV in bits", cut, k.Truncation)
	same("kernel-mode", "tunnel mode", sa.Mode == ipsec.Tunnel, k.Tunnel)
	same("kernel-ends", "source", sa.Src, k.Src)
	same("kernel-encapsulation", "encapsulation", j.encapsulation(sa), encapsulationText(k.Encap, k.EncapPorts))
	if inbound {
		window := j.window
		if sa.Integrity == nil && icv == 0 {
			window = 0 // RFC 2406 section 3.4.3: numbers that nobody vouches for are not looked at
			if j.foreign {
				window = k.Window // charon leaves them to the kernel
			}
		}
		same("kernel-replay", "replay window in packets", window, k.Window)
	}
	same("kernel-esn", "64-bit sequence numbers", sa.ESN, k.ESN)
	if j.side != nil {
		same("kernel-lifetime", "hard lifetime in seconds", shorter(sa.Seconds, j.side.Seconds), k.HardSeconds)
		same("kernel-lifetime", "hard lifetime in octets", 1024*shorter(sa.Kilobytes, j.side.Kilobytes), k.HardBytes)
	}
	switch {
	case k.SrcClient.IsValid() && !k.DstClient.IsValid() && k.SelectorProto == 0: // PF_KEY has no place for more
		same("kernel-selector", "source of the selector", sadb.Range{From: sa.Selector.Src.From, To: sa.Selector.Src.To}.String(), sadb.RangeOfPrefix(k.SrcClient).String())
	case k.SrcClient.IsValid() || k.DstClient.IsValid() || k.SelectorProto != 0:
		same("kernel-selector", "selector", wireSelector(sa), kernelSelector(k.SrcClient, k.DstClient, k.SelectorProto, k.SrcPort, k.DstPort))
	}
}

// comparePolicy wants the policies that send traffic into an SA, and let nothing else in.
func (j *kernelJudge) comparePolicy(sa *ipsec.SA) {
	direction := map[bool]string{true: "in", false: "out"}[sa.Dst == j.addr]
	want := fmt.Sprintf("%s by protocol %d, tunnel %t", wireSelector(sa), kernelProtocols[sa.Protocol], sa.Mode == ipsec.Tunnel)
	var have []string
	for _, p := range j.policies {
		text := fmt.Sprintf("%s by protocol %d, tunnel %t", kernelSelector(p.Src, p.Dst, p.Proto, p.SrcPort, p.DstPort), p.IPsec, p.Tunnel)
		if p.Direction == direction && text == want && (!p.Tunnel || p.OuterSrc == sa.Src && p.OuterDst == sa.Dst) {
			return
		}
		have = append(have, p.Direction+" "+text)
	}
	j.say("kernel-policy", fmt.Sprintf("policy %s in the kernel of %s is missing", direction, j.host), want, "["+strings.Join(have, "; ")+"]")
}

const keyAgrees = "the one that follows from the wire"

// compareKeys says how a key differs, and never what it is. Of a DES key a kernel keeps the parity bits as well.
func compareKeys(want crypt.Secret, got netns.KernelKey) string {
	if len(want) != len(got) {
		return fmt.Sprintf("one of %d octets where %d are expected", len(got), len(want))
	}
	for i := range want {
		if want[i] != got[i] {
			return fmt.Sprintf("another: octet %d of %d is the first that differs", i+1, len(want))
		}
	}
	return keyAgrees
}

func wireSelector(sa *ipsec.SA) string {
	s := sa.Selector
	return sadb.Selector{
		Src: sadb.Range{From: s.Src.From, To: s.Src.To}, Dst: sadb.Range{From: s.Dst.From, To: s.Dst.To},
		Proto: s.Proto, SrcPort: s.SrcPort, DstPort: s.DstPort,
	}.String()
}

func kernelSelector(src, dst netip.Prefix, proto uint8, srcPort, dstPort uint16) string {
	s := sadb.Selector{Proto: proto, SrcPort: srcPort, DstPort: dstPort}
	if src.IsValid() {
		s.Src = sadb.RangeOfPrefix(src)
	}
	if dst.IsValid() {
		s.Dst = sadb.RangeOfPrefix(dst)
	}
	return s.String()
}

// KernelsEmpty waits until neither kernel holds an SA or a policy.
func (w *World) KernelsEmpty(ctx context.Context) error {
	_, n, err := w.witness()
	if err != nil {
		return err
	}
	w.judged.perishable = true
	var left []string
	err = w.eventually(ctx, func() (bool, error) {
		left = nil
		for _, name := range w.top.Peers {
			sas, err1 := n.Host(name).KernelSAs()
			policies, err2 := n.Host(name).KernelPolicies()
			if err := errors.Join(err1, err2); err != nil {
				return false, err
			}
			for _, k := range sas {
				left = append(left, fmt.Sprintf("%s: SA of protocol %d, SPI %08x, %v -> %v", name, k.Proto, k.SPI, k.Src, k.Dst))
			}
			for _, p := range policies {
				left = append(left, fmt.Sprintf("%s: policy %v", name, p))
			}
		}
		return len(left) == 0, nil
	})
	if err == nil && len(left) > 0 {
		err = &Mismatch{Code: "left-behind", What: "SAs and policies in the kernels", Expected: "none", Actual: strings.Join(left, "; ")}
	}
	return err
}
