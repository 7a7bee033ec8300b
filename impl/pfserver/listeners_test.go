package pfserver

import (
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// request is what a packet without an SA makes the data plane say.
func request(mode sadb.Mode) sadb.Acquire {
	a := sadb.Acquire{Seq: 77, Template: sadb.Template{Proto: sadb.ESP, Mode: mode, ReqID: 5},
		Packet: sadb.Selector{Src: sadb.RangeOf(alice), Dst: sadb.RangeOf(bob), Proto: 6, SrcPort: 1025, DstPort: 80}}
	if mode == sadb.Tunnel {
		a.Template.Src, a.Template.Dst = bob, alice
	}
	return a
}

func TestAcquireGoesToThoseWhoRegistered(t *testing.T) { // IPS-PFK-24
	r := newRig(t)
	manager, other := r.client(), r.client()
	r.db.Emit(request(sadb.Transport)) // nobody is there to hear it
	manager.ok(pfkey.Register, typeESP)
	other.ok(pfkey.Register, typeAH)
	r.db.Emit(request(sadb.Transport))
	m := manager.next()
	if m.Type != pfkey.Acquire || m.PID != 0 || m.Seq != 77 || m.SAType != typeESP {
		t.Errorf("got %v", m)
	}
	from, to := find[*pfkey.Address](t, m, pfkey.ExtAddressSrc), find[*pfkey.Address](t, m, pfkey.ExtAddressDst)
	if from.Addr != alice || from.Port != 1025 || from.Proto != 6 || to.Addr != bob || to.Port != 80 || to.Proto != 6 {
		t.Errorf("for %+v to %+v", *from, *to)
	}
	list := find[*pfkey.Proposal](t, m, pfkey.ExtProposal).Combinations
	if len(list) < 6 || list[0].Encrypt != 12 || list[0].Auth != 5 || list[0].AuthMinBits != 256 || list[0].EncryptMaxBits != 256 {
		t.Errorf("proposal %+v", list)
	}
	for _, c := range list {
		if c.Auth == 0 || c.AuthMinBits == 0 || c.AuthMinBits > c.AuthMaxBits || c.EncryptMinBits == 0 || c.EncryptMinBits > c.EncryptMaxBits {
			t.Errorf("combination %+v", c)
		}
	}
	other.settle()
	r.db.Emit(request(sadb.Tunnel))
	m = manager.next()
	proxy := find[*pfkey.Address](t, m, pfkey.ExtAddressProxy)
	if find[*pfkey.Address](t, m, pfkey.ExtAddressSrc).Addr != bob || proxy.Addr != alice || find[*pfkey.SA2](t, m, pfkey.ExtSA2).Mode != 2 {
		t.Errorf("of a tunnel: %v", m)
	}
	// IPS-PFK-25: what the manager does about it keeps the number.
	spi := &pfkey.SPIRange{Min: 0x1000, Max: 0x1000}
	manager.seq = 76
	if got := manager.ok(pfkey.GetSPI, typeESP, src(alice), dst(bob), spi); got.Seq != 77 {
		t.Errorf("GETSPI answered with seq %d", got.Seq)
	}
}

func TestAcquireOfAHProposesAH(t *testing.T) {
	r := newRig(t)
	manager := r.client()
	manager.ok(pfkey.Register, typeAH)
	a := request(sadb.Transport)
	a.Template.Proto = sadb.AH
	r.db.Emit(a)
	m := manager.next()
	for _, c := range find[*pfkey.Proposal](t, m, pfkey.ExtProposal).Combinations {
		if m.SAType != typeAH || c.Encrypt != 0 || c.EncryptMaxBits != 0 || c.Auth == 0 {
			t.Errorf("%v: %+v", m, c)
		}
	}
}

func TestFailedAcquireIsToldToAll(t *testing.T) { // IPS-PFK-26
	r := newRig(t)
	manager, other := r.client(), r.client()
	manager.send((&pfkey.Message{Version: pfkey.V2, Type: pfkey.Acquire, Errno: uint8(unix.ETIMEDOUT), SAType: typeESP, Seq: 77, PID: 5}).Append(nil))
	for _, c := range []*client{manager, other} {
		if m := c.next(); m.Type != pfkey.Acquire || m.Errno != uint8(unix.ETIMEDOUT) || m.Seq != 77 || m.PID != 5 {
			t.Errorf("got %v", m)
		}
	}
}

func TestApplicationAcquire(t *testing.T) { // IPS-PFK-27
	r := newRig(t)
	app, manager := r.client(), r.client()
	want := []pfkey.Extension{src(alice), dst(bob), &pfkey.Proposal{Combinations: make([]pfkey.Combination, 1)}}
	app.refused(unix.EPROTONOSUPPORT, 0, pfkey.Acquire, typeESP, want...)
	manager.ok(pfkey.Register, typeESP)
	app.refused(unix.EPROTONOSUPPORT, 0, pfkey.Acquire, typeAH, want...)
	app.refused(unix.EINVAL, 0, pfkey.Acquire, typeESP, want[:2]...)
	app.refused(unix.EINVAL, pfkey.MissingDst, pfkey.Acquire, typeESP, want[0], want[2])
	app.refused(unix.EINVAL, pfkey.SATypeNeeded, pfkey.Acquire, 0, want...)
	app.ok(pfkey.Acquire, typeESP, want...)
	if m := manager.next(); m.Type != pfkey.Acquire || m.PID != app.pid || m.Find(pfkey.ExtProposal) == nil {
		t.Errorf("got %v", m)
	}
	// OSPF is no matter of the engine, but its managers may be asked through it (RFC 2367 section 5.3).
	manager.ok(pfkey.Register, 6)
	app.ok(pfkey.Acquire, 6, want...)
	manager.next()
}

func TestRegisterListsAlgorithms(t *testing.T) { // IPS-PFK-28
	r := newRig(t)
	c, other := r.client(), r.client()
	other.ok(pfkey.Register, typeAH)
	m := c.ok(pfkey.Register, typeESP)
	other.settle()
	auth := find[*pfkey.Supported](t, m, pfkey.ExtSupportedAuth).Algorithms
	encrypt := find[*pfkey.Supported](t, m, pfkey.ExtSupportedEncrypt).Algorithms
	for _, a := range slices.Concat(auth, encrypt) {
		if a.ID == 0 || a.MinBits == 0 || a.MaxBits < a.MinBits {
			t.Errorf("algorithm %+v", a)
		}
	}
	for _, want := range []pfkey.Algorithm{{ID: 2, MinBits: 128, MaxBits: 128}, {ID: 3, MinBits: 160, MaxBits: 160}, {ID: 7, MinBits: 512, MaxBits: 512}} {
		if !slices.Contains(auth, want) {
			t.Errorf("%+v is not in %+v", want, auth)
		}
	}
	for _, want := range []pfkey.Algorithm{{ID: 2, IVLen: 8, MinBits: 64, MaxBits: 64}, {ID: 3, IVLen: 8, MinBits: 192, MaxBits: 192},
		{ID: 12, IVLen: 16, MinBits: 128, MaxBits: 256}, {ID: 20, IVLen: 8, MinBits: 160, MaxBits: 288}} {
		if !slices.Contains(encrypt, want) {
			t.Errorf("%+v is not in %+v", want, encrypt)
		}
	}
	if slices.ContainsFunc(encrypt, func(a pfkey.Algorithm) bool { return a.ID == 6 }) {
		t.Error("CAST is listed, which this database lacks")
	}
	if m := c.ok(pfkey.Register, typeAH); m.Find(pfkey.ExtSupportedEncrypt) != nil || m.Find(pfkey.ExtSupportedAuth) == nil {
		t.Errorf("for AH: %v", m)
	}
	if m := other.next(); m.Type != pfkey.Register {
		t.Errorf("who registered for AH before got %v", m)
	}
	c.refused(unix.EINVAL, pfkey.SATypeNeeded, pfkey.Register, 0)
	c.refused(unix.EINVAL, pfkey.UnknownSAType, pfkey.Register, 4)
	c.refused(unix.EINVAL, pfkey.UnknownSAType, pfkey.Register, 99)
	c.refused(unix.EINVAL, pfkey.NoExtensions, pfkey.Register, typeESP, src(alice))
	if m := c.ok(pfkey.Register, 8); len(m.Extensions) != 0 {
		t.Errorf("for Mobile IP: %v", m)
	}
}

func limit(which pfkey.ExtensionType, allocations uint32, octets uint64, add, use uint64) *pfkey.Lifetime {
	return &pfkey.Lifetime{Which: which, Allocations: allocations, Bytes: octets, AddTime: add, UseTime: use}
}

const (
	hard = pfkey.ExtLifetimeHard
	soft = pfkey.ExtLifetimeSoft
)

func TestExpireTellsEveryListener(t *testing.T) { // IPS-PFK-29
	r := newRig(t)
	c, listener := r.client(), r.client()
	c.ok(pfkey.Add, typeESP, esp(0x1000, limit(soft, 0, 0, 10, 0), limit(hard, 0, 0, 20, 0))...)
	listener.next()
	for _, step := range []struct{ kind, not pfkey.ExtensionType }{{soft, hard}, {hard, soft}} {
		r.pass(10 * time.Second)
		for _, who := range []*client{c, listener} {
			m := who.next()
			if m.Type != pfkey.Expire || m.PID != 0 || m.SAType != typeESP || m.Find(step.kind) == nil || m.Find(step.not) != nil {
				t.Fatalf("got %v, want EXPIRE with %v", m, step.kind)
			}
			if m.Find(pfkey.ExtLifetimeCurrent) == nil || m.Find(pfkey.ExtAddressSrc) == nil || m.Find(pfkey.ExtAddressDst) == nil ||
				m.Find(pfkey.ExtKeyAuth) != nil || m.Find(pfkey.ExtKeyEncrypt) != nil {
				t.Errorf("extensions are %v", kinds(m))
			}
		}
		if step.kind == soft {
			got := c.ok(pfkey.Get, typeESP, name(0x1000)...)
			if s := find[*pfkey.SA](t, got, pfkey.ExtSA).State; s != pfkey.Dying {
				t.Errorf("after the soft limit the state is %v", s)
			}
		}
	}
	c.refused(unix.ESRCH, 0, pfkey.Get, typeESP, name(0x1000)...)
}

func TestSoftLimitEqualToTheHardOneIsNotTold(t *testing.T) { // IPS-PFK-30; a soft one above it is refused
	r := newRig(t)
	c := r.client()
	c.ok(pfkey.Add, typeESP, esp(0x1000, limit(soft, 0, 0, 10, 0), limit(hard, 0, 0, 10, 0))...)
	r.pass(10 * time.Second)
	if m := c.next(); m.Type != pfkey.Expire || m.Find(hard) == nil {
		t.Errorf("got %v", m)
	}
	c.settle()
}

func TestWhicheverLimitComesFirst(t *testing.T) { // IPS-PFK-31
	id := sadb.ID{SPI: 0x1000, Dst: bob, Proto: sadb.ESP}
	use := func(octets, packets uint64) func(*rig) {
		return func(r *rig) { r.db.Used(id, sadb.Usage{Octets: octets, Packets: packets, FirstUse: r.clock()}) }
	}
	for name, row := range map[string]struct {
		limit *pfkey.Lifetime
		short func(*rig)
		over  func(*rig)
	}{
		"allocations": {limit(hard, 3, 0, 0, 0), use(1<<40, 2), use(0, 3)},
		"bytes":       {limit(hard, 0, 1000, 0, 0), use(999, 1<<20), use(1000, 1)},
		"addtime":     {limit(hard, 0, 0, 5, 0), func(r *rig) { r.pass(4 * time.Second) }, func(r *rig) { r.pass(time.Second) }},
		"usetime": {limit(hard, 0, 0, 0, 5), func(r *rig) { r.pass(time.Hour); use(1, 1)(r); r.pass(4 * time.Second) },
			func(r *rig) { r.pass(time.Second) }},
		"all": {limit(hard, 9, 900, 50, 5), func(r *rig) { use(1, 1)(r); r.pass(4 * time.Second) }, func(r *rig) { r.pass(time.Second) }},
	} {
		r := newRig(t)
		c := r.client()
		c.ok(pfkey.Add, typeESP, esp(0x1000, row.limit)...)
		row.short(r)
		c.settle()
		row.over(r)
		if m := c.next(); m.Type != pfkey.Expire || m.Find(hard) == nil {
			t.Errorf("%s: got %v", name, m)
		}
	}
}

func TestPromiscuous(t *testing.T) { // IPS-PFK-35
	r := newRig(t)
	c, spy := r.client(), r.client()
	c.refused(unix.EINVAL, pfkey.UnknownSAType, pfkey.Promisc, 7)
	spy.ok(pfkey.Promisc, 1)
	if m := c.next(); m.Type != pfkey.Promisc || m.SAType != 1 {
		t.Errorf("the others got %v", m)
	}
	c.ok(pfkey.Add, typeESP, esp(0x1000)...)
	c.ok(pfkey.Get, typeESP, name(0x1000)...)
	c.refused(unix.ESRCH, 0, pfkey.Get, typeESP, name(0x1001)...)
	inside := func() *pfkey.Message {
		t.Helper()
		octets := spy.octets()
		if pfkey.Type(octets[1]) != pfkey.Promisc || octets[0] != pfkey.V2 {
			t.Fatalf("not wrapped: % x", octets[:16])
		}
		m, err := pfkey.Parse(octets[16:])
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	if m := inside(); m.Type != pfkey.Add || m.Find(pfkey.ExtKeyEncrypt) == nil || m.PID != c.pid {
		t.Errorf("request: %v", m)
	}
	if m := spy.next(); m.Type != pfkey.Add || m.Find(pfkey.ExtKeyEncrypt) != nil {
		t.Errorf("what all see: %v", m)
	}
	inside() // GET
	if m := inside(); m.Type != pfkey.Get || m.Find(pfkey.ExtKeyEncrypt) == nil {
		t.Errorf("the answer to another: %v", m)
	}
	inside() // GET
	if m := inside(); m.Type != pfkey.Get || m.Errno != uint8(unix.ESRCH) {
		t.Errorf("the refusal of another: %v", m)
	}
	c.send([]byte{1, 2, 3})
	if octets := spy.octets(); string(octets[16:]) != "\x01\x02\x03\x00\x00\x00\x00\x00" {
		t.Errorf("what was no message: % x", octets)
	}
	c.next()
	spy.octets()
	c.ok(pfkey.Add, typeESP, esp(0x1002)...)
	inside()
	spy.next()
	dumped(c, true, 0)
	c.next()
	inside()
	inside()
	inside()
	spy.ok(pfkey.Promisc, 0)
	c.next()
	c.ok(pfkey.Get, typeESP, name(0x1000)...)
	spy.settle()
}

func TestPromiscuousSend(t *testing.T) {
	r := newRig(t)
	c, a, b := r.client(), r.client(), r.client()
	data := func(seq uint32, body []byte) []byte {
		octets := promiscMessage(body)
		octets[8] = byte(seq)
		return octets
	}
	nonsense := []byte{2, 99, 3, 4, 1, 1, 1, 1}
	c.send(data(0, nonsense))
	for _, who := range []*client{a, b} {
		if got := who.octets(); string(got) != string(nonsense) {
			t.Errorf("got % x", got)
		}
	}
	r.server.mu.Lock()
	for i, p := range r.server.ports {
		p.pid = uint32(i + 1)
	}
	r.server.mu.Unlock()
	c.send(data(3, nonsense))
	if got := b.octets(); string(got) != string(nonsense) {
		t.Errorf("got % x", got)
	}
	a.settle()
	c.send(data(99, nonsense))
	c.mustRefuse(c.next(), unix.ESRCH, 0)
}
