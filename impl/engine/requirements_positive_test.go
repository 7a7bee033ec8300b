package engine_test

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"ikewit/impl/engine/enginetest"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

// A variant is a row of positive requirements: something that T may do, with which the negotiation completes
// all the same.
type variant struct {
	id      string
	at      string
	setup   setup
	prepare func(c *tester)
	change
	after func(c *tester)
}

func runVariants(t *testing.T, variants []variant) {
	for _, v := range variants {
		t.Run(strings.ReplaceAll(v.id, "/", "|"), func(t *testing.T) {
			c := newTester(t, strings.Contains("MM1 MM3 MM5 QM1 QM3", v.at), v.setup)
			c.begin(v.at)
			if v.at == "QM1" {
				c.beginQuick(true)
			}
			if v.prepare != nil {
				v.prepare(c)
			}
			c.send(v.at, v.change, true)
			if v.at != "QM3" {
				c.play(following[v.at], "")
			}
			c.checkSAs()
			if v.after != nil {
				v.after(c)
			}
			if n := count[ike.Refused](c.events); n != 0 {
				t.Errorf("%d refusals: %v", n, c.last(5))
			}
		})
	}
}

func vendor(n int) *isakmp.VendorID { return &isakmp.VendorID{Data: bytes.Repeat([]byte{0x56}, n)} }

func TestPhase1Variants(t *testing.T) {
	vids := func(list ...int) change {
		return items(func(l []isakmp.Item) []isakmp.Item {
			for _, n := range list {
				l = append(l, isakmp.Items(vendor(n))...)
			}
			return l
		})
	}
	more := func(f func(p *isakmp.Proposal, first isakmp.Transform)) change {
		return proposal(func(p *isakmp.Proposal) {
			f(p, p.Transforms[0])
			p.NTransforms = uint8(len(p.Transforms))
		})
	}
	with1 := func(t isakmp.Transform, number uint8, class isakmp.AttributeType, value uint16) isakmp.Transform {
		t.Number = number
		t.Attributes = slices.Clone(t.Attributes)
		for i := range t.Attributes {
			if t.Attributes[i].Type == class {
				t.Attributes[i].Value = value
			}
		}
		return t
	}
	numbered := func(n uint8) change { return transform(func(t *isakmp.Transform) { t.Number = n }) }
	life := func(a ...isakmp.Attribute) change {
		return transform(func(t *isakmp.Transform) { t.Attributes = append(slices.Clone(t.Attributes[:4]), a...) })
	}
	seconds := isakmp.TV(isakmp.P1LifeType, isakmp.LifeSeconds)
	ids := func(id *isakmp.ID, peer string) (setup, func(c *tester)) {
		p := base
		p.PeerID = peer
		return setup{profile: p}, func(c *tester) { c.identity = id }
	}
	byName, named := ids(isakmp.IDFQDN("tester.example"), "@tester.example")
	port500 := isakmp.IDAddr(enginetest.Alice)
	port500.Protocol, port500.Port = 17, 500
	port0 := isakmp.IDAddr(enginetest.Alice)
	port0.Protocol = 17
	expires := func(d time.Duration) func(c *tester) {
		return func(c *tester) {
			for s := range c.e.ISAKMPs() {
				if got := s.Expires.Sub(s.Since); got != d {
					c.t.Errorf("life %v, want %v", got, d)
				}
			}
		}
	}
	psk := func(key string) (setup, func(c *tester)) {
		p := base
		p.Secret = key
		return setup{profile: p}, func(c *tester) { c.secret = []byte(key) }
	}
	var rows []variant
	for _, key := range []string{"x", strings.Repeat("k", 64), strings.Repeat("k", 65), strings.Repeat("k", 128), "a\x00b\x00"} {
		s, set := psk(key)
		rows = append(rows, variant{id: "IKE1-MM-10 of " + hex8(byte(len(key))), at: "MM1", setup: s, prepare: set})
	}
	for _, n := range []int{8, 256} {
		for _, at := range []string{"MM3", "MM4", "QM1", "QM2"} {
			rows = append(rows, variant{id: "IKE1-NON-02 " + hex8(byte(n)) + " " + at, at: at, change: built(func(p *isakmp.Nonce) { p.Data = bytes.Repeat([]byte{9}, n) })})
		}
	}
	for _, suite := range []string{"3des-sha1-modp1024", "aes128-sha1-modp1024", "3des-sha1-modp2048", "des-md5-modp768", "3des-sha1-modp1536",
		"aes192-sha256-modp768", "aes256-sha384-modp768", "aes256-sha512-modp768", "aes128-md5-modp768", "3des-sha256-modp768"} {
		p := base
		p.IKE = []string{suite}
		rows = append(rows, variant{id: "IKE1-ALG-01 to 06, IKE1-IVC-07, IKE1-KEY-01 to 05 " + suite, at: "MM1", setup: setup{profile: p}})
	}
	rows = append(rows, []variant{
		{id: "IKE1-MM-01", at: "MM1"},
		{id: "IKE1-MM-02", at: "MM2"},
		{id: "IKE1-GPH-09 MM3", at: "MM3", change: swap(0, 1)},
		{id: "IKE1-GPH-09 MM5", at: "MM5", change: swap(0, 1)},
		{id: "IKE1-GPH-11", at: "MM1", change: vids(1, 5, 7)},
		{id: "IKE1-GPH-12 1 octet", at: "MM1", change: lengthened(make([]byte, 1), true)},
		{id: "IKE1-GPH-12 3 octets", at: "MM1", change: lengthened(make([]byte, 3), true)},
		{id: "IKE1-VID-01 MM1", at: "MM1", change: vids(4, 16, 20, 16)},
		{id: "IKE1-VID-01 MM2", at: "MM2", change: vids(4, 16, 20, 16)},
		{id: "IKE1-VID-01 MM3", at: "MM3", change: vids(4, 16, 20, 16)},
		{id: "IKE1-VID-01 MM4", at: "MM4", change: vids(4, 16, 20, 16)},
		{id: "IKE1-VID-01 MM5", at: "MM5", change: vids(4, 16, 20, 16)},
		{id: "IKE1-VID-01 MM6", at: "MM6", change: vids(4, 16, 20, 16)},
		{id: "IKE1-CRT-02 MM1", at: "MM1", change: with(&isakmp.CertRequest{Encoding: isakmp.CertX509Signature})},
		{id: "IKE1-CRT-02 MM3 CERTREQ", at: "MM3", change: with(&isakmp.CertRequest{Encoding: isakmp.CertX509Signature})},
		{id: "IKE1-CRT-02 MM3 CERT", at: "MM3", change: with(&isakmp.Cert{Encoding: isakmp.CertX509Signature, Data: []byte{0x30}})},
		{id: "IKE1-CRT-03 MM5", at: "MM5", change: with(&isakmp.CertRequest{Encoding: isakmp.CertX509Signature})},
		{id: "IKE1-CRT-03 MM6", at: "MM6", change: with(&isakmp.CertRequest{Encoding: isakmp.CertX509Signature})},
		{id: "IKE1-MM-08", at: "MM5", change: with(errorOf(isakmp.ReplayStatus))},
		{id: "IKE1-PRP-02 8", at: "MM1", change: proposal(func(p *isakmp.Proposal) { p.SPI = make([]byte, 8) })},
		{id: "IKE1-PRP-02 16", at: "MM1", change: proposal(func(p *isakmp.Proposal) { p.SPI = bytes.Repeat([]byte{7}, 16) })},
		{id: "IKE1-PRP-02 3", at: "MM1", change: proposal(func(p *isakmp.Proposal) { p.SPI = []byte{1, 2, 3} })},
		{id: "IKE1-PRP-05", at: "MM1", change: more(func(p *isakmp.Proposal, first isakmp.Transform) {
			second := first
			p.Transforms[0].ID = 2
			second.Number = 2
			p.Transforms = append(p.Transforms, second)
		}), after: func(c *tester) {}},
		{id: "IKE1-PRP-10 0", at: "MM1", change: numbered(0)},
		{id: "IKE1-PRP-10 5", at: "MM1", change: numbered(5)},
		{id: "IKE1-PRP-10 200", at: "MM1", change: numbered(200)},
		{id: "IKE1-PRP-11 falling", at: "MM1", change: more(func(p *isakmp.Proposal, first isakmp.Transform) {
			p.Transforms = []isakmp.Transform{with1(first, 2, 0, 0), with1(first, 1, 0, 0)}
		})},
		{id: "IKE1-PRP-12 IKE1-PRP-13", at: "MM1", change: more(func(p *isakmp.Proposal, first isakmp.Transform) {
			p.Number = 7
			p.Transforms = []isakmp.Transform{with1(first, 3, 0, 0), with1(first, 9, 0, 0), with1(first, 27, 0, 0), with1(first, 40, 0, 0)}
		})},
		{id: "IKE1-HDR-10", at: "MM1", prepare: func(c *tester) { c.own = netip.AddrPortFrom(c.own.Addr(), 31337) }, after: func(c *tester) {
			if c.step(ike.Terminate{}); len(c.sent) != 2 {
				c.t.Errorf("%d Deletes", len(c.sent))
			}
			for _, s := range c.sent {
				if s.Remote.Port() != 31337 || s.Local.Port() != 500 {
					c.t.Errorf("%s goes from %v to %v", s.Message, s.Local, s.Remote)
				}
			}
		}},
		{id: "IKE1-PRP-15 IKE1-AUT-03", at: "MM1", change: more(func(p *isakmp.Proposal, first isakmp.Transform) {
			p.SPI = make([]byte, 8)
			p.Transforms = []isakmp.Transform{with1(first, 1, isakmp.P1Encryption, 99), with1(first, 2, isakmp.P1Hash, 1), with1(first, 3, 0, 0)}
		})},
		{id: "IKE1-PRP-21", at: "MM2", setup: setup{profile: lifeOf(time.Hour)}, prepare: func(c *tester) {
			c.choice.Proposals[0].Transforms[0].Attributes[5] = isakmp.TV(isakmp.P1LifeDuration, uint16(3600))
		}, after: expires(time.Hour)},
		{id: "IKE1-PRP-20 shorter", at: "MM2", change: transform(func(t *isakmp.Transform) { t.Attributes[5] = isakmp.TLV32(isakmp.P1LifeDuration, 60) }), after: expires(time.Minute)},
		{id: "IKE1-ATR-03 TV", at: "MM1", change: life(seconds, isakmp.TV(isakmp.P1LifeDuration, uint16(3600))), after: expires(time.Hour)},
		{id: "IKE1-ATR-03 TLV of 2", at: "MM1", change: life(seconds, isakmp.TLV(isakmp.P1LifeDuration, []byte{14, 16})), after: expires(time.Hour)},
		{id: "IKE1-ATR-03 TLV of 4", at: "MM1", change: life(seconds, isakmp.TLV32(isakmp.P1LifeDuration, 3600)), after: expires(time.Hour)},
		{id: "IKE1-ATR-04 TLV of 3", at: "MM1", change: life(seconds, isakmp.TLV(isakmp.P1LifeDuration, []byte{0, 14, 16})), after: expires(time.Hour)},
		{id: "IKE1-ATR-04 TLV of 8", at: "MM1", change: life(seconds, isakmp.TLV(isakmp.P1LifeDuration, []byte{0, 0, 0, 0, 0, 0, 14, 16})), after: expires(time.Hour)},
		{id: "IKE1-LIF-01 none", at: "MM1", change: life(), after: expires(8 * time.Hour)},
		{id: "IKE1-LIF-01 kilobytes", at: "MM1", change: life(isakmp.TV(isakmp.P1LifeType, isakmp.LifeKilobytes), isakmp.TV(isakmp.P1LifeDuration, uint16(1000))), after: expires(8 * time.Hour)},
		{id: "IKE1-LIF-06 ffffffff", at: "MM1", change: life(seconds, isakmp.TLV32(isakmp.P1LifeDuration, 0xffffffff)), after: expires(8 * time.Hour)},
		{id: "IKE1-LIF-06 2^64-1", at: "MM1", change: life(seconds, isakmp.TLV(isakmp.P1LifeDuration, bytes.Repeat([]byte{0xff}, 8))), after: expires(8 * time.Hour)},
		{id: "IKE1-IDP-03 17|500", at: "MM5", prepare: func(c *tester) { c.identity = port500 }},
		{id: "IKE1-IDP-02 17|0", at: "MM5", prepare: func(c *tester) { c.identity = port0 }},
		{id: "IKE1-IDP-03 17|500 MM6", at: "MM6", prepare: func(c *tester) { c.identity = port500 }},
		{id: "IKE1-IDP-04 FQDN", at: "MM5", setup: byName, prepare: named},
		{id: "IKE1-CMT-05 MM1", at: "MM1", change: octet(atFlag, 2)},
		{id: "IKE1-CMT-05 QM1", at: "QM1", change: change{hashed: func(_ *tester, m *isakmp.Message) { m.Header.Flags |= 2 }}},
		{id: "IKE1-CMT-01", at: "QM2", change: change{hashed: func(_ *tester, m *isakmp.Message) { m.Header.Flags |= 2 }}},
		{id: "IKE1-PAD-04 non-zero", at: "MM5", change: change{hashed: func(_ *tester, m *isakmp.Message) { m.Tail = []byte{1, 2, 3, 4} }}},
		{id: "IKE1-PAD-04 a block more", at: "QM1", change: change{hashed: func(_ *tester, m *isakmp.Message) { m.Tail = bytes.Repeat([]byte{7}, 20) }}},
	}...)
	runVariants(t, rows)
}

func lifeOf(d time.Duration) enginetest.Profile {
	p := base
	p.IKELife = d
	return p
}

func TestPhase2Variants(t *testing.T) {
	second := func(f func(first *isakmp.Proposal, more *isakmp.Proposal)) change {
		return built(func(sa *isakmp.SA) {
			more := sa.Proposals[0]
			more.Number = 2
			more.Transforms = slices.Clone(more.Transforms)
			f(&sa.Proposals[0], &more)
			sa.Proposals = append(sa.Proposals, more)
		})
	}
	transforms := func(ids ...uint8) change {
		return proposal(func(p *isakmp.Proposal) {
			first := p.Transforms[0]
			p.Transforms = nil
			for i, id := range ids {
				first.Number, first.ID = uint8(i*5+3), id
				p.Transforms = append(p.Transforms, first)
			}
			p.NTransforms = uint8(len(ids))
		})
	}
	life := func(a ...isakmp.Attribute) change {
		return transform(func(t *isakmp.Transform) { t.Attributes = append(slices.Clone(t.Attributes[:2]), a...) })
	}
	seconds, kilobytes := isakmp.TV(isakmp.P2LifeType, isakmp.LifeSeconds), isakmp.TV(isakmp.P2LifeType, isakmp.LifeKilobytes)
	limits := func(d time.Duration, octets uint64) func(c *tester) {
		return func(c *tester) {
			for _, sa := range c.sas() {
				if sa.Hard.Add != d || sa.Hard.Octets != octets {
					c.t.Errorf("limits %+v, want %v and %d octets", sa.Hard, d, octets)
				}
			}
		}
	}
	long := base
	long.Life = 24 * time.Hour
	pfs := base
	pfs.PFS = "modp1024"
	profile := func(esp, ah string, mode string) setup {
		p := base
		p.ESP, p.Mode = []string{esp}, mode
		if ah != "" {
			p.ESP, p.AH = nil, []string{ah}
		}
		if mode == "transport" {
			p.Local, p.Remote = "", ""
		}
		return setup{profile: p}
	}
	clients := func(theirs, ours *isakmp.ID, remote, local string) variant {
		p := base
		p.Local, p.Remote = local, remote
		return variant{at: "QM1", setup: setup{profile: p}, prepare: func(c *tester) { c.quick.clients = [2]*isakmp.ID{theirs, ours} }, after: func(c *tester) {
			in := c.sas()[len(c.sas())-2].Selector
			if from, to, _ := theirs.Range(); in.Src != (sadb.Range{From: from, To: to}) || in.Proto != theirs.Protocol || in.SrcPort != theirs.Port {
				c.t.Errorf("selector %v", in)
			}
		}}
	}
	of := func(p *isakmp.ID, proto uint8, port uint16) *isakmp.ID {
		p.Protocol, p.Port = proto, port
		return p
	}
	addr := func(a string) *isakmp.ID { return isakmp.IDAddr(netip.MustParseAddr(a)) }
	span := func(a, b string) *isakmp.ID { return isakmp.IDRange(netip.MustParseAddr(a), netip.MustParseAddr(b)) }
	named := func(id string, v variant) variant { v.id = id; return v }
	rows := []variant{
		{id: "IKE1-QM-01", at: "QM1"},
		{id: "IKE1-QM-02", at: "QM2"},
		{id: "IKE1-QM-10", at: "QM1", change: with(errorOf(isakmp.ReplayStatus))},
		{id: "IKE1-GPH-10", at: "QM1", setup: setup{profile: pfs}, change: swap(2, 3)},
		{id: "IKE1-PFS-01 IKE1-PFS-05 IKE1-KEY-07", at: "QM1", setup: setup{profile: pfs}},
		{id: "IKE1-PFS-02", at: "QM2", setup: setup{profile: pfs}},
		{id: "IKE1-QPR-01", at: "QM1", change: second(func(first, _ *isakmp.Proposal) { first.Transforms[0].ID = uint8(isakmp.ESPDES) })},
		{id: "IKE1-QPR-03", at: "QM1", change: built(func(sa *isakmp.SA) {
			esp := sa.Proposals[0]
			ah := esp
			ah.Protocol, ah.Transforms = isakmp.ProtoAH, slices.Clone(esp.Transforms)
			ah.Transforms[0].ID = uint8(isakmp.AHSHA)
			other := esp
			other.Number = 2
			sa.Proposals = []isakmp.Proposal{ah, esp, other}
		})},
		{id: "IKE1-QPR-06", at: "QM1", change: transforms(3, 3, 3, 3)},
		{id: "IKE1-QPR-07", at: "QM1", change: transforms(250, 3)},
		{id: "IKE1-QPR-15 transport", at: "QM1", setup: profile("3des-sha1", "", "transport")},
		{id: "IKE1-QPR-14", at: "QM1", setup: profile("3des", "", "")},
		{id: "IKE1-QPR-14 initiator", at: "QM2", setup: profile("3des", "", "")},
		{id: "IKE1-ATR-03 phase 2 TV", at: "QM1", change: life(seconds, isakmp.TV(isakmp.P2LifeDuration, uint16(1800))), after: limits(30*time.Minute, 0)},
		{id: "IKE1-ATR-03 phase 2 TLV of 2", at: "QM1", change: life(seconds, isakmp.TLV(isakmp.P2LifeDuration, []byte{7, 8})), after: limits(30*time.Minute, 0)},
		{id: "IKE1-ATR-03 phase 2 TLV of 4", at: "QM1", change: life(seconds, isakmp.TLV32(isakmp.P2LifeDuration, 1800)), after: limits(30*time.Minute, 0)},
		{id: "IKE1-ATR-12", at: "QM1", change: life(seconds, isakmp.TV(isakmp.P2LifeDuration, uint16(1800)), kilobytes, isakmp.TV(isakmp.P2LifeDuration, uint16(64))), after: limits(30*time.Minute, 65536)},
		{id: "IKE1-ATR-13", at: "QM1", change: life(seconds, isakmp.TV(isakmp.P2LifeDuration, uint16(1800)), seconds, isakmp.TV(isakmp.P2LifeDuration, uint16(1800))), after: limits(30*time.Minute, 0)},
		{id: "IKE1-LIF-03", at: "QM1", setup: setup{profile: long}, change: life(), after: limits(8*time.Hour, 0)},
		{id: "IKE1-LIF-03 shorter policy", at: "QM1", change: life(), after: limits(time.Hour, 0)},
		{id: "IKE1-LIF-04", at: "QM1", change: life(seconds, isakmp.TV(isakmp.P2LifeDuration, uint16(120))), after: func(c *tester) {
			c.pass(119 * time.Second)
			if len(c.sas()) != 2 {
				c.t.Errorf("%d SAs after 119 s of 120", len(c.sas()))
			}
			c.pass(2 * time.Second)
			if len(c.sas()) != 0 {
				c.t.Errorf("%d SAs after 121 s of 120", len(c.sas()))
			}
		}},
		{id: "IKE1-ATR-18 with a default", at: "QM1", prepare: func(c *tester) { c.conn.IPsec.DefaultMode = sadb.Tunnel }, change: noAttribute(isakmp.P2EncapsulationMode)},
		{id: "IKE1-QPR-10 shorter life", at: "QM2", change: attribute(isakmp.P2LifeDuration, 120), after: limits(2*time.Minute, 0)},
		{id: "IKE1-PAD-03 aligned and unpadded", at: "QM1", change: change{hashed: func(_ *tester, m *isakmp.Message) {
			for n := 0; (len(m.AppendBody(nil)))%8 != 0; n++ {
				m.Tail = append(m.Tail, 0)
			}
		}}},
		named("IKE1-QID-04 addresses", clients(addr("10.1.0.7"), addr("10.2.0.7"), "10.1.0.7", "10.2.0.7")),
		named("IKE1-QID-04 range", clients(span("10.1.0.7", "10.1.0.9"), subnet("10.2.0.0/16"), "10.1.0.7-10.1.0.9", "10.2.0.0/16")),
		named("IKE1-QID-04 IPv6", clients(subnet("2001:db8:1::/48"), addr("2001:db8:2::9"), "2001:db8:1::/48", "2001:db8:2::9")),
		named("IKE1-QID-05 17|1701", clients(of(subnet("10.1.0.0/16"), 17, 1701), of(subnet("10.2.0.0/16"), 17, 0), "10.1.0.0/16 17 1701", "10.2.0.0/16 17 0")),
		named("IKE1-QID-05 1|0", clients(of(subnet("10.1.0.0/16"), 1, 0), of(subnet("10.2.0.0/16"), 1, 0), "10.1.0.0/16 1 0", "10.2.0.0/16 1 0")),
	}
	for _, esp := range []string{"3des-md5", "3des-sha1", "null-md5", "null-sha1", "aes128-sha1", "aes192-sha256", "aes256-sha512", "des-md5", "aes-gcm-16:128", "aes-ctr128-sha1"} {
		rows = append(rows, variant{id: "IKE1-ALG-08 to 11, IKE1-KEY-06 to 13 " + esp, at: "QM1", setup: profile(esp, "", "")})
		rows = append(rows, variant{id: "IKE1-ALG-08 to 11, initiator " + esp, at: "QM2", setup: profile(esp, "", "")})
	}
	for _, ah := range []string{"md5", "sha1", "sha256"} {
		rows = append(rows, variant{id: "IKE1-ALG-10, IKE1-KEY-08 " + ah, at: "QM1", setup: profile("", ah, "")})
	}
	runVariants(t, rows)
}
