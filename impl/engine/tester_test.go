package engine_test

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/engine"
	"ikewit/impl/engine/enginetest"
	"ikewit/impl/ike"
	"ikewit/impl/keymat"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/ikehdr"
	"ikewit/impl/wire/isakmp"
)

// A tester is T of the requirement catalogue: it speaks IKE by hand, with the codec and the key derivation
// alone, to an engine that is the implementation under test. Messages have the catalogue's names: MM1 to MM6,
// QM1 to QM3.
type tester struct {
	t         *testing.T
	e         *engine.Engine
	coverage  ike.Coverage
	conn      *conn.Connection // of the engine
	initiator bool             // T's role in phase 1
	now       time.Time
	own, iut  netip.AddrPort
	random    *enginetest.Entropy

	sent   []ike.Send  // of the engine, not looked at yet
	seen   []byte      // the last message that was looked at
	events []ike.Event // of the engine
	sadb   *enginetest.SADB

	*association
	quick *quickMode
}

// An association is T's side of one phase 1.
type association struct {
	ckyI, ckyR ikehdr.Cookie
	x          []byte
	gxi, gxr   []byte
	ni, nr     []byte
	sai        []byte
	idi, idr   []byte
	secret     []byte
	suite      conn.ISAKMPProposal
	keys       *keymat.Secrets
	cbc        alg.CBC
	iv         keymat.IV
	choice     *isakmp.SA // what T answers
	offered    *isakmp.SA // what T offered last
	identity   *isakmp.ID
}

// A quickMode is T's side of one Quick Mode.
type quickMode struct {
	initiator  bool
	id         uint32
	iv         keymat.IV
	nonce      []byte // T's
	ni, nr     []byte // as sent
	ours       []byte // SPI
	theirs     []byte
	x          []byte
	public     []byte
	group      *alg.Group
	gxy        []byte
	clients    [2]*isakmp.ID
	offer      *isakmp.SA // of T
	theirOffer *isakmp.SA // of the engine
	answer     *isakmp.SA // what was chosen
}

// A setup changes what a tester begins with.
type setup struct {
	profile enginetest.Profile
	limits  ike.Limits
	seams   engine.Seams
	any     bool // the engine takes any clients
}

// base is BASE1 and BASE2 of the catalogue.
var base = enginetest.Profile{
	IKE: []string{"3des-sha1-modp768"}, ESP: []string{"3des-sha1"}, Local: "10.2.0.0/16", Remote: "10.1.0.0/16", IKELife: 28800 * time.Second,
}

// newTester makes an engine at 192.0.2.2 and T at 192.0.2.1.
func newTester(t *testing.T, initiator bool, s setup) *tester {
	t.Helper()
	p := s.profile
	if p.IKE == nil {
		p = base
	}
	c := &tester{
		t: t, initiator: initiator, now: enginetest.Start, random: enginetest.NewEntropy(1, "tester"), sadb: new(enginetest.SADB),
		own: netip.AddrPortFrom(enginetest.Alice, 500), iut: netip.AddrPortFrom(enginetest.Bob, 500),
	}
	var err error
	if c.conn, err = p.Connection("tester", enginetest.Bob, enginetest.Alice); err != nil {
		t.Fatal(err)
	}
	if s.any {
		c.conn.IPsec.LocalRule, c.conn.IPsec.RemoteRule = conn.ClientAny, conn.ClientAny
	}
	c.e = engine.New(engine.Config{
		Connections: conn.List{c.conn}, Secrets: p.Key(), Entropy: enginetest.NewEntropy(1, "engine"), Limits: s.limits, Seams: s.seams,
		Coverage: &c.coverage, Trace: ike.Trace{Messages: true},
	})
	c.fresh()
	return c
}

// fresh begins another phase 1.
func (c *tester) fresh() {
	c.association = &association{secret: []byte("secret"), suite: c.conn.ISAKMP.Offer[0], identity: isakmp.IDAddr(c.own.Addr())}
	copy(c.ckyI[:], c.draw(8))
	c.x = c.draw(20)
	c.quick = nil
}

func (c *tester) draw(n int) []byte {
	p := make([]byte, n)
	c.random.Fill("any", p)
	return p
}

// step gives the engine an input and does what it wants.
func (c *tester) step(in ike.Input) {
	for queue := []ike.Input{in}; len(queue) > 0; queue = queue[1:] {
		for _, e := range c.e.Step(c.now, queue[0]) {
			switch e := e.(type) {
			case ike.Send:
				c.sent = append(c.sent, e)
			case ike.Work:
				queue = append(queue, ike.WorkDone{ID: e.ID, Err: e.Do()})
			case ike.SA:
				done := ike.SADone{ID: e.ID}
				for _, a := range e.Actions {
					if done.Err = c.sadb.Apply(a); done.Err != nil {
						break
					}
					done.Done++
				}
				queue = append(queue, done)
			case ike.Tally:
				queue = append(queue, ike.Tallied{ID: e.ID, Packets: c.sadb.Carried(e.SAs)})
			case ike.Event:
				c.events = append(c.events, e)
			}
		}
	}
}

// pass lets time pass, with all that falls due.
func (c *tester) pass(d time.Duration) {
	end := c.now.Add(d)
	for {
		at, _, ok := c.e.Deadline()
		if !ok || at.After(end) {
			break
		}
		c.now = at
		c.step(ike.Tick{})
	}
	c.now = end
}

// put sends octets to the engine.
func (c *tester) put(octets []byte) {
	c.step(ike.Datagram{Local: c.iut, Remote: c.own, Octets: octets})
}

// take gives the next message of the engine that is not an Informational, which is that of the name; nil
// if there is none.
func (c *tester) take(name string) *isakmp.Message {
	for len(c.sent) > 0 {
		s := c.sent[0]
		c.sent = c.sent[1:]
		if s.Message == "INFO" {
			continue
		}
		if want := engineNames[name]; s.Message != want {
			c.t.Fatalf("the engine sends %s, not %s", s.Message, want)
		}
		c.seen = s.Octets
		return c.decode(s.Octets)
	}
	return nil
}

// must is take of what has to be there.
func (c *tester) must(name string) *isakmp.Message {
	c.t.Helper()
	m := c.take(name)
	if m == nil {
		c.t.Fatalf("the engine does not send %s; events: %v", name, c.last(4))
	}
	return m
}

// engineNames are the engine's names of the catalogue's messages.
var engineNames = map[string]string{
	"MM1": "MI1", "MM2": "MR1", "MM3": "MI2", "MM4": "MR2", "MM5": "MI3", "MM6": "MR3", "QM1": "QI1", "QM2": "QR1", "QM3": "QI2",
}

func (c *tester) last(n int) []ike.Event { return c.events[max(0, len(c.events)-n):] }

// decode reads a message of the engine, and moves the chain of IVs.
func (c *tester) decode(octets []byte) *isakmp.Message {
	c.t.Helper()
	h, body, err := isakmp.Split(octets)
	if err != nil {
		c.t.Fatal(err)
	}
	m := &isakmp.Message{Header: h}
	if h.Flags&uint8(isakmp.Encryption) != 0 {
		iv := c.ivOf(h.MessageID, isakmp.Exchange(h.Exchange))
		body = slices.Clone(body)
		next, err := iv.Decrypt(c.cbc, body)
		if err != nil {
			c.t.Fatal(err)
		}
		*iv = next
	}
	if m.Items, m.Tail, err = isakmp.ParseChain(isakmp.PayloadType(h.NextPayload), body); err != nil {
		c.t.Fatalf("message of the engine: %v", err)
	}
	return m
}

// ivOf gives the IV of an exchange, to be moved on.
func (c *tester) ivOf(id uint32, kind isakmp.Exchange) *keymat.IV {
	switch {
	case kind == isakmp.IdentityProtection:
		return &c.iv
	case c.quick != nil && c.quick.id == id:
		return &c.quick.iv
	}
	iv := keymat.PhaseTwoIV(c.suite.Hash, c.iv, id)
	return &iv
}

// informed gives the notifications that the engine sent since the last look, and whether all of them were
// protected, or none.
func (c *tester) informed() (types []isakmp.NotifyType, protected bool) {
	for i := 0; i < len(c.sent); i++ {
		if c.sent[i].Message != "INFO" {
			continue
		}
		m := c.decode(c.sent[i].Octets)
		for j := range m.Items {
			if n, ok := m.Items[j].Body.(*isakmp.Notify); ok {
				types = append(types, n.NotifyType)
				protected = m.Header.Flags&uint8(isakmp.Encryption) != 0
			}
		}
		c.sent = slices.Delete(c.sent, i, i+1)
		i--
	}
	return types, protected
}

// A change is a lie of T: about the payloads before they are hashed, after that, or about the octets.
type change struct {
	built  func(c *tester, m *isakmp.Message)
	hashed func(c *tester, m *isakmp.Message)
	sealed func(octets []byte) []byte
}

// send sends the message of a name, changed. The IV moves on only if commit: a message that the engine
// refuses has not been.
func (c *tester) send(name string, change change, commit bool) {
	c.t.Helper()
	m := drafts[name](c)
	if change.built != nil {
		change.built(c, m)
	}
	c.hash(name, m)
	if change.hashed != nil {
		change.hashed(c, m)
	}
	octets, iv := c.seal(m)
	if change.sealed != nil {
		octets = change.sealed(octets)
	}
	if commit && m.Header.Flags&uint8(isakmp.Encryption) != 0 {
		*c.ivOf(m.Header.MessageID, isakmp.Exchange(m.Header.Exchange)) = iv
	}
	c.put(octets)
}

// seal makes octets of a message, and the IV for the next one.
func (c *tester) seal(m *isakmp.Message) ([]byte, keymat.IV) {
	octets := m.Append(nil)
	if m.Header.Flags&uint8(isakmp.Encryption) == 0 || c.cbc == nil {
		return octets, keymat.IV{}
	}
	for (len(octets)-ikehdr.Size)%c.cbc.BlockSize() != 0 {
		octets = append(octets, 0)
	}
	binary.BigEndian.PutUint32(octets[24:], uint32(len(octets)))
	if len(octets) == ikehdr.Size {
		return octets, keymat.IV{}
	}
	next, err := c.ivOf(m.Header.MessageID, isakmp.Exchange(m.Header.Exchange)).Encrypt(c.cbc, octets[ikehdr.Size:])
	if err != nil {
		c.t.Fatal(err)
	}
	return octets, next
}

func (c *tester) header(kind isakmp.Exchange, id uint32, flags isakmp.Flags) ikehdr.Header {
	return ikehdr.Header{Initiator: c.ckyI, Responder: c.ckyR, Version: 0x10, Exchange: uint8(kind), MessageID: id, Flags: uint8(flags)}
}

func (c *tester) main(flags isakmp.Flags, payloads ...isakmp.Payload) *isakmp.Message {
	return &isakmp.Message{Header: c.header(isakmp.IdentityProtection, 0, flags), Items: isakmp.Items(payloads...)}
}

func (c *tester) quickMessage(payloads ...isakmp.Payload) *isakmp.Message {
	return &isakmp.Message{Header: c.header(isakmp.QuickMode, c.quick.id, isakmp.Encryption), Items: isakmp.Items(payloads...)}
}

// inform sends a protected Informational of the payloads.
func (c *tester) inform(change change, payloads ...isakmp.Payload) {
	c.t.Helper()
	id := binary.BigEndian.Uint32(c.draw(4)) | 1
	m := &isakmp.Message{
		Header: c.header(isakmp.Informational, id, isakmp.Encryption),
		Items:  isakmp.Items(append([]isakmp.Payload{&isakmp.Hash{}}, payloads...)...),
	}
	if change.built != nil {
		change.built(c, m)
	}
	fill(m, func(rest []byte) []byte { return c.keys.Hash1(m.Header.MessageID, rest) })
	if change.hashed != nil {
		change.hashed(c, m)
	}
	octets, _ := c.seal(m)
	if change.sealed != nil {
		octets = change.sealed(octets)
	}
	c.put(octets)
}

// fill writes the HASH of a message.
func fill(m *isakmp.Message, hash func(rest []byte) []byte) {
	for i := range m.Items {
		if p, ok := m.Items[i].Body.(*isakmp.Hash); ok {
			p.Data = hash(isakmp.AppendItems(nil, m.Items[i+1:]))
			return
		}
	}
}

// body gives the body of the first payload of a type, as it is or will be on the wire.
func body(m *isakmp.Message, t isakmp.PayloadType) []byte {
	for i := range m.Items {
		if m.Items[i].Type == t {
			return isakmp.AppendItems(nil, m.Items[i:i+1])[4:]
		}
	}
	return nil
}

// payload gives the first payload of a type.
func payload[P isakmp.Payload](m *isakmp.Message) (p P) {
	for i := range m.Items {
		if p, ok := m.Items[i].Body.(P); ok {
			return p
		}
	}
	return p
}

// refusal gives the last refusal that the engine told of, nil if there is none since the mark.
func (c *tester) refusal(mark int) *ike.Refused {
	for i := len(c.events) - 1; i >= mark; i-- {
		if r, ok := c.events[i].(ike.Refused); ok {
			return &r
		}
	}
	return nil
}

// pairs counts the SAs that the engine has installed.
func (c *tester) sas() []sadb.SA { return c.sadb.SAs() }

// probe is a message with cookies that nobody knows.
func probe(c *tester) ike.Datagram {
	h := ikehdr.Header{Initiator: ikehdr.Cookie{1}, Responder: ikehdr.Cookie{2}, Version: 0x10, Exchange: 32, MessageID: 1}
	m := isakmp.Message{Header: h, Items: isakmp.Items(&isakmp.Hash{Data: make([]byte, 20)})}
	return ike.Datagram{Local: c.iut, Remote: c.own, Octets: m.Append(nil)}
}
