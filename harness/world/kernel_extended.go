package world

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/netip"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/isakmp"
	"ikewit/impl/alg"
	"ikewit/impl/sadb"
)

// ExtendedSAs puts a pair of SAs with 64-bit sequence numbers into the databases of both hosts: ESP with AES and HMAC-SHA-1 in
// transport mode, with keys that follow from the seed. IKEv1 as we speak it does not negotiate them (RFC 4304).
func (w *World) ExtendedSAs(ctx context.Context, window int) error {
	for i, from := range w.top.Peers {
		spi := uint32(0x1001 * (i + 1))
		src, dst := w.wireAddr(from), w.wireAddr(w.other(from))
		key := sha256.Sum256(fmt.Appendf(nil, "key %d of %d", i, w.Seed))
		sa := sadb.SA{
			SPI: spi, Proto: sadb.ESP, Mode: sadb.Transport, Src: src, Dst: dst,
			Cipher: alg.CipherByName("aes"), CipherKey: alg.Key(key[:16]),
			Integrity: alg.IntegrityByName("hmac-sha1-96"), AuthKey: alg.Key(key[12:]),
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
		w.keying.sas = append(w.keying.sas, extendedSA(spi, src, dst, key))
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

// extendedSA is such an SA as the judge has it.
func extendedSA(spi uint32, src, dst netip.Addr, key [32]byte) *ipsec.SA {
	one := func(a netip.Addr) ipsec.Range { return ipsec.Range{From: a, To: a} }
	return &ipsec.SA{
		Protocol: isakmp.ProtoESP, SPI: spi, Src: src, Dst: dst, Mode: ipsec.Transport, ESN: true, Confirmed: true,
		Cipher: crypt.CipherByName("aes"), Key: crypt.Secret(key[:16]),
		Integrity: crypt.IntegrityByName("hmac-sha1-96"), AuthKey: crypt.Secret(key[12:]),
		Selector: ipsec.Selector{Src: one(src), Dst: one(dst)},
	}
}
