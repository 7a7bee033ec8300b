package enginetest

import (
	"net/netip"
	"testing"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/engine"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
)

func TestMainAndQuickMode(t *testing.T) {
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	w := New(1)
	mk := func(l, r netip.Addr) *conn.Connection {
		return &conn.Connection{Name: "c", Local: conn.End{Addr: l}, Remote: conn.End{Addr: r},
			ISAKMP: conn.ISAKMP{
				Offer:  []conn.ISAKMPProposal{{Cipher: alg.CipherByName("3des"), Hash: alg.HashByName("sha1"), Auth: 1, Group: alg.GroupByName("modp1024")}},
				Accept: []conn.ISAKMPAccept{{Ciphers: []conn.CipherSet{{Cipher: alg.CipherByName("3des")}}, Hashes: alg.Hashes(), Auths: []conn.AuthMethod{1}, Groups: alg.Groups()}},
				Life:   time.Hour,
			},
			IPsec: conn.IPsec{
				Offer:    []conn.IPsecProposal{{Protocols: []conn.ProtocolProposal{{Proto: sadb.ESP, Cipher: alg.CipherByName("aes"), Integrity: alg.IntegrityByName("sha1")}}, Mode: sadb.Tunnel, Group: alg.GroupByName("modp1024")}},
				Accept:   []conn.IPsecAccept{{Proto: sadb.ESP, Ciphers: []conn.CipherSet{{Cipher: alg.CipherByName("aes")}}, Integrity: alg.Integrities(), Modes: []sadb.Mode{sadb.Tunnel}, Groups: []*alg.Group{nil, alg.GroupByName("modp1024")}}},
				LifeTime: time.Hour, InstallPolicy: true,
			},
		}
	}
	ca := mk(a, b)
	tr := ike.Trace{Messages: true, Values: true}
	ha := w.Add("alice", engine.Config{Connections: conn.List{ca}, Secrets: PSK("x"), Trace: tr}, a)
	w.Add("bob", engine.Config{Connections: conn.List{mk(b, a)}, Secrets: PSK("x"), Trace: tr}, b)
	ha.Do(ike.Initiate{Conn: ca})
	w.Run(time.Second)
	if n := len(ha.SADB.SAs()); n != 2 || len(w.Host("bob").SADB.SAs()) != 2 {
		t.Fatalf("alice has %d SAs, bob %d", n, len(w.Host("bob").SADB.SAs()))
	}
	ha.Do(ike.Terminate{})
	w.Run(time.Second)
	if n := len(ha.SADB.SAs()) + len(w.Host("bob").SADB.SAs()); n != 0 {
		t.Errorf("%d SAs are left", n)
	}
	if at, ok := w.Net.Next(); ok {
		t.Errorf("something is still due at %v", at)
	}
}
