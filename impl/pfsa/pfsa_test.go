package pfsa

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

var (
	alice  = netip.MustParseAddr("192.0.2.1")
	bob    = netip.MustParseAddr("192.0.2.2")
	alice6 = netip.MustParseAddr("2001:db8::1")
	bob6   = netip.MustParseAddr("2001:db8::2")
)

func key(r *rand.Rand, n int) alg.Key {
	if n == 0 {
		return nil
	}
	k := make(alg.Key, n)
	for i := range k {
		k[i] = byte(r.Uint32())
	}
	return k
}

// drawn is some SA that PF_KEY can tell.
func drawn(r *rand.Rand) Record {
	sa := sadb.SA{SPI: 1 + r.Uint32N(1<<32-1), Proto: sadb.ESP, Mode: sadb.Transport, Src: alice, Dst: bob,
		ReqID: r.Uint32N(3), ReplayWindow: r.Uint32N(256), State: sadb.Mature}
	if r.IntN(2) == 0 {
		sa.Src, sa.Dst = alice6, bob6
	}
	for sa.Integrity == nil || IntegrityOf(IntegrityNumber(sa.Integrity)) != sa.Integrity {
		sa.Integrity = alg.Integrities()[r.IntN(len(alg.Integrities()))]
	}
	sa.AuthKey = key(r, sa.Integrity.KeyOctets())
	for sa.Cipher == nil || CipherOf(CipherNumber(sa.Cipher)) != sa.Cipher || sa.Cipher.CheckKey(sa.CipherKey) != nil {
		sa.Cipher = alg.Ciphers()[r.IntN(len(alg.Ciphers()))]
		sa.CipherKey = key(r, sa.Cipher.KeyOctets(sa.Cipher.MaxBits))
	}
	switch r.IntN(4) {
	case 0:
		sa.Proto, sa.Cipher, sa.CipherKey = sadb.AH, nil, nil
	case 1:
		sa.Mode, sa.Selector.Src = sadb.Tunnel, sadb.RangeOf(sa.Src)
	case 2:
		p, _ := sa.Src.Prefix(20)
		sa.Mode, sa.Selector.Src = sadb.Tunnel, sadb.RangeOfPrefix(p)
	case 3:
		sa.Mode = sadb.Tunnel
	}
	if sa.Cipher != nil && sa.Cipher.AEAD() {
		sa.Integrity, sa.AuthKey = nil, nil
	}
	sa.Manual = sa.SPI < sadb.MinSPI
	sa.Hard = sadb.Limits{Octets: r.Uint64N(3), Packets: r.Uint64N(3), Add: time.Duration(r.IntN(3)) * time.Second, Use: time.Duration(r.IntN(3)) * time.Second}
	if r.IntN(2) == 0 {
		sa.Encap = sadb.Encap{SrcPort: 4500, DstPort: uint16(1 + r.IntN(1000))}
	}
	rec := Record{SA: sa}
	if r.IntN(3) == 0 {
		rec.Beyond = &Beyond{DstIdentity: &pfkey.Identity{Which: pfkey.ExtIdentityDst, Type: 2, Name: "a.b"}, Flags: pfkey.FlagPFS}
	}
	if r.IntN(5) == 0 {
		if rec.Beyond == nil {
			rec.Beyond = &Beyond{}
		}
		rec.Beyond.Hard = &pfkey.Lifetime{Which: pfkey.ExtLifetimeHard, AddTime: 1 << 63}
		rec.SA.Hard = sadb.Limits{}
		limits(rec.Beyond.Hard, &rec.SA.Hard)
	}
	return rec
}

// What is said of an SA is read as it was, by an engine and by a client, octets of the wire between.
func TestWhatIsSaidIsReadAsItWas(t *testing.T) {
	const seed = 11
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, seed))
	for range 2000 {
		want := drawn(r)
		if err := want.SA.Check(); err != nil {
			t.Fatalf("%v: %v", want.SA, err)
		}
		if err := Expressible("test", &want.SA, WidestWindow); err != nil {
			t.Fatalf("%v: %v", want.SA, err)
		}
		octets := (&pfkey.Message{Version: pfkey.V2, Type: pfkey.Add, SAType: SAType(want.SA.Proto), Extensions: want.Extensions(All)}).Append(nil)
		m, err := pfkey.Parse(octets)
		if err != nil {
			t.Fatal(err)
		}
		for name, read := range map[string]func(*pfkey.Message) (Record, error){"Read": Read, "Told": Told} {
			got, err := read(m)
			if err != nil || !same(got, want) {
				t.Fatalf("%s: %v\ngot  %s\nwant %s", name, err, text(got), text(want))
			}
		}
	}
}

func same(a, b Record) bool { return reflect.DeepEqual(a, b) }

// text shows every field, but keys.
func text(r Record) string {
	type plain sadb.SA // whose String would leave most of it out
	b := "nothing beyond"
	if r.Beyond != nil {
		b = fmt.Sprintf("%+v soft %+v hard %+v", *r.Beyond, r.Beyond.Soft, r.Beyond.Hard)
	}
	return fmt.Sprintf("%+v %s", plain(r.SA), b)
}

func TestPoliciesAreReadAsTheyWere(t *testing.T) {
	prefix := func(s string) sadb.Range { return sadb.RangeOfPrefix(netip.MustParsePrefix(s)) }
	esp := sadb.Template{Proto: sadb.ESP, Mode: sadb.Transport, ReqID: 9}
	for _, want := range []sadb.Policy{
		{Direction: sadb.Out, Do: sadb.Bypass, Priority: 7, Selector: sadb.Selector{Src: prefix("10.0.0.0/8"), Dst: prefix("10.1.0.0/16"), Proto: 6, SrcPort: 1, DstPort: 22}},
		{Direction: sadb.In, Do: sadb.Discard, Selector: sadb.Selector{Src: prefix("2001:db8::/32"), Dst: sadb.RangeOf(bob6)}},
		{Direction: sadb.Forward, Do: sadb.Protect, Selector: sadb.Selector{Src: sadb.RangeOf(alice), Dst: sadb.RangeOf(bob)}, Templates: []sadb.Template{
			esp, {Proto: sadb.AH, Mode: sadb.Tunnel, Src: alice, Dst: bob}, {Proto: sadb.ESP, Mode: sadb.Tunnel, Src: alice6, Dst: bob6, Optional: true}}},
	} {
		messages := Policies(&want)
		if len(messages) != 1 {
			t.Fatalf("%v takes %d messages", want, len(messages))
		}
		octets := (&pfkey.Message{Version: pfkey.V2, Type: pfkey.SPDAdd, Extensions: messages[0]}).Append(nil)
		m, err := pfkey.Parse(octets)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadPolicy(m)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, %v; want %v", got, err, want)
		}
		m.Extensions = PolicyNames(want.ID())[0]
		if id, err := ReadPolicyName(m); err != nil || id != want.ID() {
			t.Errorf("named %v, %v; want %v", id, err, want.ID())
		}
	}
	everything := sadb.Policy{Direction: sadb.Out, Do: sadb.Bypass}
	if n := len(Policies(&everything)); n != 2 {
		t.Errorf("a policy for everything takes %d messages, want one for IPv4 and one for IPv6", n)
	}
	some := sadb.Policy{Direction: sadb.Out, Do: sadb.Bypass, Selector: sadb.Selector{Src: sadb.Range{From: alice, To: alice.Next().Next()}}}
	if n := len(Policies(&some)); n != 2 { // .1/32 and .2/31, to any IPv4
		t.Errorf("a policy for three addresses takes %d messages", n)
	}
}

func TestPolicyRefusals(t *testing.T) {
	side := func(which pfkey.ExtensionType, a netip.Addr, length uint8) *pfkey.Address {
		return &pfkey.Address{Which: which, Addr: a, PrefixLen: length}
	}
	src, dst := side(pfkey.ExtAddressSrc, alice, 32), side(pfkey.ExtAddressDst, bob, 32)
	policy := &pfkey.Policy{Dir: 1}
	for name, row := range map[string]struct {
		list []pfkey.Extension
		want pfkey.Diagnostic
	}{
		"no destination": {[]pfkey.Extension{src, policy}, pfkey.MissingDst},
		"no source":      {[]pfkey.Extension{dst, policy}, pfkey.MissingSrc},
		"no policy":      {[]pfkey.Extension{src, dst}, pfkey.NoDiagnostic},
		"two families":   {[]pfkey.Extension{src, side(pfkey.ExtAddressDst, bob6, 128), policy}, pfkey.FamilyMismatch},
		"no family":      {[]pfkey.Extension{&pfkey.Address{Which: pfkey.ExtAddressSrc, Sockaddr: make([]byte, 8)}, dst, policy}, pfkey.FamilyMismatch},
		"prefix of 33":   {[]pfkey.Extension{side(pfkey.ExtAddressSrc, alice, 33), dst, policy}, pfkey.BadSrc},
		"prefix of 34":   {[]pfkey.Extension{src, side(pfkey.ExtAddressDst, bob, 34), policy}, pfkey.BadDst},
		"type 9":         {[]pfkey.Extension{src, dst, &pfkey.Policy{Type: 9}}, pfkey.NoDiagnostic},
	} {
		_, err := ReadPolicy(&pfkey.Message{Extensions: row.list})
		if i, ok := errors.AsType[Invalid](err); !ok || pfkey.Diagnostic(i) != row.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	tunnel := &pfkey.Policy{Type: policyIPsec, Dir: 2, Requests: []pfkey.Request{{Length: 24, Proto: 50, Mode: 2, Ends: make([]byte, 8)}}}
	p, err := ReadPolicy(&pfkey.Message{Extensions: []pfkey.Extension{src, dst, tunnel}})
	if err != nil || p.Check() == nil {
		t.Errorf("a tunnel to nowhere: %v, %v", p, err)
	}
}

// What PF_KEY cannot say is named.
func TestExpressible(t *testing.T) {
	base := func() sadb.SA {
		return sadb.SA{SPI: 0x1000, Proto: sadb.ESP, Mode: sadb.Transport, Src: alice, Dst: bob,
			Cipher: alg.CipherByName("aes"), Integrity: alg.IntegrityByName("hmac-sha1-96")}
	}
	for want, change := range map[string]func(*sadb.SA){
		"":                             func(*sadb.SA) {},
		"ipcomp":                       func(sa *sadb.SA) { sa.Proto = sadb.IPComp },
		"cipher des-deriv":             func(sa *sadb.SA) { sa.Cipher = alg.CipherByName("des-deriv") },
		"integrity hmac-sha256-96":     func(sa *sadb.SA) { sa.Integrity = alg.IntegrityByName("hmac-sha256-96") },
		"integrity none":               func(sa *sadb.SA) { sa.Integrity = alg.IntegrityByName("none") },
		"derived IV":                   func(sa *sadb.SA) { sa.DerivedIV = true },
		"sequence numbers":             func(sa *sadb.SA) { sa.ESN = true },
		"wrapping":                     func(sa *sadb.SA) { sa.NoOverflow = true },
		"replay window of 256 packets": func(sa *sadb.SA) { sa.ReplayWindow = 256 },
		"selector":                     func(sa *sadb.SA) { sa.Selector.Dst = sadb.RangeOf(bob) },
		"a selector other than":        func(sa *sadb.SA) { sa.Selector.Src = sadb.RangeOf(alice) }, // of transport mode
		"a selector other":             func(sa *sadb.SA) { sa.Mode, sa.Selector.Src = sadb.Tunnel, sadb.Range{From: alice, To: bob} },
		"a limit of more than":         func(sa *sadb.SA) { sa.Hard.Packets = 1 << 32 },
		"rule for the outer header":    func(sa *sadb.SA) { sa.TFC = 7 },
		"a rule for the outer":         func(sa *sadb.SA) { sa.DF = sadb.DFSet },
		"IV length 8 with aes":         func(sa *sadb.SA) { sa.IVOctets = 8 },
	} {
		sa := base()
		change(&sa)
		err := Expressible("test", &sa, WidestWindow)
		u, ok := errors.AsType[*sadb.UnsupportedError](err)
		switch {
		case want == "" && err != nil:
			t.Errorf("%v", err)
		case want != "" && (!ok || !strings.Contains(u.What, want)):
			t.Errorf("%s: %v", want, err)
		}
	}
}

// Whatever a client sends, reading it ends without panic, and what is taken for an SA makes sense and can be told again.
func FuzzRead(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		rec := drawn(r)
		f.Add((&pfkey.Message{Version: pfkey.V2, Type: pfkey.Add, SAType: SAType(rec.SA.Proto), Extensions: rec.Extensions(All)}).Append(nil))
	}
	p := sadb.Policy{Direction: sadb.Out, Do: sadb.Protect, Templates: []sadb.Template{{Proto: sadb.ESP, Mode: sadb.Tunnel, Src: alice, Dst: bob}}}
	f.Add((&pfkey.Message{Version: pfkey.V2, Type: pfkey.SPDAdd, Extensions: Policies(&p)[0]}).Append(nil))
	f.Fuzz(func(t *testing.T, octets []byte) {
		m, err := pfkey.Parse(octets)
		if err != nil {
			Malformed(err)
			return
		}
		Name(m)
		Range(m)
		Bare(m)
		Wanted(m)
		Public(m)
		ReadAsked(m)
		if p, err := ReadPolicy(m); err == nil && p.Check() == nil {
			Policies(&p)
		}
		if r, err := Told(m); err == nil {
			r.Extensions(All)
			if _, _, err := Name(m); err == nil {
				Merged(m, r)
			}
		}
		got, err := Read(m)
		if err != nil {
			return
		}
		if err := got.SA.Check(); err != nil {
			t.Fatalf("%+v: %v", got.SA, err)
		}
		again, err := Read(&pfkey.Message{SAType: m.SAType, Extensions: got.Extensions(All)})
		if err != nil || !same(again, got) {
			t.Fatalf("%v\ngot  %s\nthen %s", err, text(got), text(again))
		}
	})
}
