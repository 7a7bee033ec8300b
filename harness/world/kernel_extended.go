package world

import (
	"context"
	"crypto/sha512"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/isakmp"
	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

// An extendedForm is what protects packets, by the names that our tables and those of the judge share.
type extendedForm struct {
	proto             sadb.Protocol
	cipher, integrity string
	keys              [2]int // octets of the cipher's, of the authenticator's
}

// extendedForms are those that SAs with 64-bit sequence numbers may have: the half that is not sent goes into the ICV in another way in
// each. RFC 4303 section 2.2.1, RFC 4106 section 5, RFC 4302 section 3.3.3.
var extendedForms = map[string]extendedForm{
	"esp aes-sha1":   {sadb.ESP, "aes", "hmac-sha1-96", [2]int{16, 20}},
	"esp aes-gcm-16": {sadb.ESP, "aes-gcm-16", "", [2]int{20, 0}},
	"ah sha256":      {sadb.AH, "", "hmac-sha256-128", [2]int{0, 32}},
}

// ExtendedSAs puts a pair of SAs with 64-bit sequence numbers into the databases of both hosts, in transport mode, with keys that
// follow from the seed. IKEv1 as we speak it does not negotiate them (RFC 4304).
func (w *World) ExtendedSAs(ctx context.Context, name string, window int) error {
	form, ok := extendedForms[name]
	if !ok {
		return fmt.Errorf("no SAs %q: there are %v", name, slices.Sorted(maps.Keys(extendedForms)))
	}
	for i, from := range w.top.Peers {
		src, dst := w.wireAddr(from), w.wireAddr(w.other(from))
		key := sha512.Sum512(fmt.Appendf(nil, "key %d of %d", i, w.Seed))
		cipherKey, authKey := key[:form.keys[0]], key[32:32+form.keys[1]]
		sa := sadb.SA{
			SPI: uint32(0x1001 * (i + 1)), Proto: form.proto, Mode: sadb.Transport, Src: src, Dst: dst,
			Cipher: alg.CipherByName(form.cipher), CipherKey: alg.Key(cipherKey),
			Integrity: alg.IntegrityByName(form.integrity), AuthKey: alg.Key(authKey),
			ReplayWindow: uint32(window), ESN: true, Selector: sadb.Selector{Src: sadb.RangeOf(src), Dst: sadb.RangeOf(dst)},
		}
		for _, host := range w.top.Peers {
			p, err := w.KeyingAt(ctx, host, "")
			if err != nil {
				return err
			}
			if err := p.Put(sa); err != nil {
				return fmt.Errorf("%s: %w", host, err)
			}
		}
		one := func(a netip.Addr) ipsec.Range { return ipsec.Range{From: a, To: a} }
		w.keying.sas = append(w.keying.sas, &ipsec.SA{
			Protocol: map[sadb.Protocol]isakmp.Protocol{sadb.ESP: isakmp.ProtoESP, sadb.AH: isakmp.ProtoAH}[form.proto], SPI: sa.SPI,
			Src: src, Dst: dst, Mode: ipsec.Transport, ESN: true, Confirmed: true,
			Cipher: crypt.CipherByName(form.cipher), Key: crypt.Secret(cipherKey),
			Integrity: crypt.IntegrityByName(form.integrity), AuthKey: crypt.Secret(authKey),
			Selector: ipsec.Selector{Src: one(src), Dst: one(dst)},
		})
	}
	w.cached = nil
	return nil
}

// ExtendedSequence has both kernels go on behind a sequence number in all their SAs.
func (w *World) ExtendedSequence(last uint64) error {
	_, n, err := w.witness()
	if err != nil {
		return err
	}
	for _, name := range w.top.Peers {
		list, err := n.Host(name).KernelSAs()
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return &Unresolved{"the kernel of " + name + " has no SA that could go on"}
		}
		for _, k := range list {
			if err := n.Host(name).SetKernelSequence(k, last); err != nil {
				return err
			}
		}
	}
	for _, sa := range w.keying.sas {
		sa.Before = last
	}
	w.cached = nil
	return nil
}
