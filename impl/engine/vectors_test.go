package engine_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/engine"
	"ikewit/impl/engine/enginetest"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

// octets are hex in the vector file.
type octets []byte

func (o *octets) UnmarshalText(text []byte) (err error) {
	*o, err = hex.DecodeString(string(text))
	return err
}

type vectorMessage struct {
	Name     string
	Datagram octets
}

type phase1Vector struct {
	ID, Auth, Hash, Cipher string
	KeyOctets              int `json:"key_octets"`
	Group                  int
	PSK                    octets
	CkyI                   octets `json:"cky_i"`
	CkyR                   octets `json:"cky_r"`
	Ni                     octets `json:"ni_b"`
	Nr                     octets `json:"nr_b"`
	XI                     octets `json:"x_i"`
	XR                     octets `json:"x_r"`
	IDii                   octets `json:"idii_b"`
	IDir                   octets `json:"idir_b"`
	EncKey                 octets `json:"enc_key"`
	Messages               []vectorMessage
	AfterEncrypted         vectorIV `json:"qm_iv_after_encrypted_am3"` // of Aggressive Mode only
	AfterClear             vectorIV `json:"qm_iv_after_clear_am3"`
}

// A vectorIV is the first IV under a message ID.
type vectorIV struct {
	MsgID octets `json:"msg_id"`
	IV    octets
}

type quickVector struct {
	ID, Phase1     string
	MsgID          octets `json:"msg_id"`
	Protocol       int
	Encryption     string
	Authentication string
	Group          int    `json:"pfs_group"`
	Ni             octets `json:"ni_b"`
	Nr             octets `json:"nr_b"`
	SPII           octets `json:"spi_i"`
	SPIR           octets `json:"spi_r"`
	XI             octets `json:"qm_x_i"`
	XR             octets `json:"qm_x_r"`
	IDci           octets `json:"idci_b"`
	Messages       []vectorMessage
	Keymat         struct {
		Out vectorKeys `json:"initiator_to_responder"`
		In  vectorKeys `json:"responder_to_initiator"`
	}
}

type vectorKeys struct {
	Enc  octets `json:"enc_key"`
	Auth octets `json:"auth_key"`
}

type informationalVector struct {
	ID, Phase1 string
	MsgID      octets `json:"msg_id"`
	Message    vectorMessage
}

type vectors struct {
	Phase1        []phase1Vector
	Aggressive    []phase1Vector
	QuickMode     []quickVector `json:"quick_mode"`
	Informational []informationalVector
}

func readVectors(t *testing.T) (v vectors) {
	t.Helper()
	b, err := os.ReadFile("../keymat/testdata/vectors-ikev1.json")
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// The addresses of the vectors' identities.
var (
	vectorI = netip.MustParseAddr("192.0.2.1")
	vectorR = netip.MustParseAddr("192.0.2.2")
)

// A replay is one engine that plays a role of a vector, with the other role's datagrams.
type replay struct {
	t      *testing.T
	e      *engine.Engine
	random *enginetest.Entropy
	conn   *conn.Connection
	local  netip.AddrPort
	remote netip.AddrPort
	own    octets // our ID body
	sent   []ike.Send
	sas    []sadb.SA
	nonces map[string][]byte // message by message: ours have another length than the vector's
}

func newReplay(t *testing.T, p *phase1Vector, initiator bool) *replay {
	r := &replay{t: t, random: enginetest.NewEntropy(1, "vector"), nonces: map[string][]byte{}}
	local, remote := vectorI, vectorR
	r.random.Fixed = map[string][][]byte{"cookie": {p.CkyI}, "dh": {p.XI}}
	r.nonces["MI2"], r.nonces["AI1"] = p.Ni, p.Ni
	if !initiator {
		local, remote = remote, local
		r.random.Fixed = map[string][][]byte{"cookie": {p.CkyR}, "dh": {p.XR}}
		r.nonces["MR2"], r.nonces["AR1"] = p.Nr, p.Nr
	}
	r.local, r.remote = netip.AddrPortFrom(local, 500), netip.AddrPortFrom(remote, 500)
	cipher := alg.CipherByName(strings.SplitN(p.Cipher, "-", 2)[0])
	bits := 0
	if !cipher.FixedKey() {
		bits = 8 * p.KeyOctets
	}
	hash, group := alg.HashByName(p.Hash), alg.GroupByNumber(p.Group)
	r.conn = &conn.Connection{
		Name: "vector", Local: conn.End{Addr: local}, Remote: conn.End{Addr: remote},
		ISAKMP: conn.ISAKMP{
			Life:  28800 * time.Second,
			Offer: []conn.ISAKMPProposal{{Cipher: cipher, KeyBits: bits, Hash: hash, Auth: conn.PreSharedKey, Group: group}},
			Accept: []conn.ISAKMPAccept{{
				Ciphers: []conn.CipherSet{{Cipher: cipher}}, Hashes: []*alg.Hash{hash},
				Auths: []conn.AuthMethod{conn.PreSharedKey}, Groups: []*alg.Group{group},
			}},
		},
		IPsec: conn.IPsec{LifeTime: time.Hour},
	}
	own, peer := p.IDii, p.IDir
	if !initiator {
		own, peer = peer, own
	}
	r.own = own
	r.conn.Local.Identity, r.conn.Remote.Identity = identity(own), identity(peer)
	r.e = engine.New(engine.Config{
		Connections: conn.List{r.conn}, Secrets: enginetest.PSK(p.PSK), Entropy: r.random,
		Limits: ike.Limits{Exponent: len(p.XI)}, Seams: engine.Seams{Built: r.adapt},
	})
	return r
}

// identity is that of an ID body.
func identity(body []byte) conn.Identity {
	return conn.Identity{Type: body[0], Data: string(body[4:])}
}

// adapt gives a message of ours the nonce of the vector, and our identity its protocol and port.
func (r *replay) adapt(message string, m *isakmp.Message) {
	for i := range m.Items {
		switch p := m.Items[i].Body.(type) {
		case *isakmp.Nonce:
			if r.nonces[message] != nil {
				p.Data = r.nonces[message]
			}
		case *isakmp.ID:
			if message[0] != 'Q' {
				p.Protocol, p.Port = r.own[1], binary.BigEndian.Uint16(r.own[2:])
			}
		}
	}
}

func (r *replay) step(in ike.Input) {
	for queue := []ike.Input{in}; len(queue) > 0; queue = queue[1:] {
		for _, e := range r.e.Step(enginetest.Start, queue[0]) {
			switch e := e.(type) {
			case ike.Send:
				r.sent = append(r.sent, e)
			case ike.Work:
				queue = append(queue, ike.WorkDone{ID: e.ID, Err: e.Do()})
			case ike.SA:
				for _, a := range e.Actions {
					if add, ok := a.(sadb.Add); ok {
						r.sas = append(r.sas, add.SA)
					}
				}
				queue = append(queue, ike.SADone{ID: e.ID, Done: len(e.Actions)})
			case ike.Refused, ike.Failed:
				r.t.Errorf("%T: %v", e, e)
			}
		}
	}
}

// play feeds the other role's messages and compares ours. The initiator's are those of odd place.
func (r *replay) play(messages []vectorMessage, initiator bool) {
	r.t.Helper()
	for i, m := range messages {
		if (i%2 == 0) != initiator {
			r.step(ike.Datagram{Local: r.local, Remote: r.remote, Octets: m.Datagram})
			continue
		}
		if len(r.sent) == 0 {
			r.t.Fatalf("%s is not sent", m.Name)
		}
		if got := r.sent[0].Octets; !bytes.Equal(got, m.Datagram) {
			r.t.Fatalf("%s:\n got %x\nwant %x", m.Name, got, []byte(m.Datagram))
		}
		r.sent = r.sent[1:]
	}
	if len(r.sent) > 0 {
		r.t.Errorf("%s is sent beyond the vector", r.sent[0].Message)
	}
}

func (r *replay) phase1(p *phase1Vector, initiator bool) {
	r.t.Helper()
	if initiator {
		r.step(ike.Initiate{Conn: r.conn, Phase1Only: true})
	}
	r.play(p.Messages, initiator)
}

var roles = map[string]bool{"initiator": true, "responder": false}

func TestMainModeIsOctetForOctetThatOfTheVectors(t *testing.T) {
	n := 0
	for _, p := range readVectors(t).Phase1 {
		if p.Auth != "psk" {
			continue
		}
		for role, initiator := range roles {
			n++
			t.Run(p.ID+"/"+role, func(t *testing.T) { newReplay(t, &p, initiator).phase1(&p, initiator) })
		}
	}
	if n < 20 {
		t.Errorf("only %d cases", n)
	}
}

func TestQuickModeIsOctetForOctetThatOfTheVectors(t *testing.T) {
	v := readVectors(t)
	n := 0
	for _, q := range v.QuickMode {
		p := v.phase1(t, q.Phase1)
		for role, initiator := range roles {
			if initiator && q.IDci == nil {
				continue // we always say the clients of a tunnel
			}
			n++
			t.Run(q.ID+"/"+role, func(t *testing.T) {
				r := newReplay(t, p, initiator)
				r.phase1(p, initiator)
				r.quick(&q, initiator)
			})
		}
	}
	if n < 20 {
		t.Errorf("only %d cases", n)
	}
}

func (v *vectors) phase1(t *testing.T, id string) *phase1Vector {
	for i := range v.Phase1 {
		if v.Phase1[i].ID == id {
			return &v.Phase1[i]
		}
	}
	t.Fatalf("no phase 1 vector %s", id)
	return nil
}

func (r *replay) quick(q *quickVector, initiator bool) {
	r.t.Helper()
	ip := &r.conn.IPsec
	offer := conn.IPsecProposal{Mode: sadb.Tunnel, Group: alg.GroupByNumber(q.Group)}
	proto := conn.ProtocolProposal{Proto: sadb.AH, Integrity: alg.IntegrityByName(q.Authentication)}
	if q.Protocol == int(isakmp.ProtoESP) {
		proto.Proto, proto.Cipher = sadb.ESP, alg.CipherByName(strings.TrimRight(q.Encryption, "12568"))
		if bits := strings.TrimPrefix(q.Encryption, "aes"); bits != q.Encryption {
			proto.KeyBits = map[string]int{"128": 128, "256": 256}[bits]
		}
	}
	offer.Protocols = []conn.ProtocolProposal{proto}
	accept := conn.IPsecAccept{
		Proto: proto.Proto, Integrity: []*alg.Integrity{proto.Integrity}, Modes: []sadb.Mode{sadb.Tunnel}, Groups: []*alg.Group{offer.Group},
	}
	if proto.Cipher != nil {
		accept.Ciphers = []conn.CipherSet{{Cipher: proto.Cipher}}
	}
	ip.Offer, ip.Accept = []conn.IPsecProposal{offer}, []conn.IPsecAccept{accept}
	if q.IDci != nil {
		near := conn.Client{Range: sadb.RangeOfPrefix(netip.MustParsePrefix("10.1.0.0/16"))}
		far := conn.Client{Range: sadb.RangeOfPrefix(netip.MustParsePrefix("10.2.0.0/16"))}
		r.conn.Local.Client, r.conn.Remote.Client = near, far
		if !initiator {
			r.conn.Local.Client, r.conn.Remote.Client = far, near
		}
	}
	if initiator {
		r.nonces["QI1"] = q.Ni
		r.random.Fixed = map[string][][]byte{"msgid": {q.MsgID}, "spi": {q.SPII}, "dh": {q.XI}}
		r.step(ike.Initiate{Conn: r.conn})
	} else {
		r.random.Fixed = map[string][][]byte{"spi": {q.SPIR}, "nonce": {q.Nr}, "dh": {q.XR}}
	}
	r.play(q.Messages, initiator)
	r.checkKeys(q, initiator)
}

func (r *replay) checkKeys(q *quickVector, initiator bool) {
	r.t.Helper()
	if len(r.sas) != 2 {
		r.t.Fatalf("%d SAs are installed", len(r.sas))
	}
	for i, want := range []vectorKeys{q.Keymat.In, q.Keymat.Out} {
		if !initiator {
			want = []vectorKeys{q.Keymat.Out, q.Keymat.In}[i]
		}
		sa := r.sas[i]
		if !bytes.Equal(sa.CipherKey, want.Enc) || !bytes.Equal(sa.AuthKey, want.Auth) {
			r.t.Errorf("%v %v has other keys than the vector", sa.Direction, sa.ID())
		}
	}
}

func TestDeletesAreOctetForOctetThoseOfTheVectors(t *testing.T) {
	v := readVectors(t)
	quick := v.QuickMode[0]
	p := v.phase1(t, quick.Phase1)
	r := newReplay(t, p, true)
	r.phase1(p, true)
	r.quick(&quick, true)
	r.random.Fixed = map[string][][]byte{}
	var want []vectorMessage
	for _, inf := range v.Informational {
		if strings.HasPrefix(inf.ID, "INF-DELETE") {
			r.random.Fixed["msgid"] = append(r.random.Fixed["msgid"], inf.MsgID)
			want = append(want, inf.Message)
		}
	}
	r.step(ike.Terminate{})
	if len(r.sent) != 2 || len(want) != 2 {
		t.Fatalf("%d Deletes sent, %d in the vectors", len(r.sent), len(want))
	}
	for i := range want {
		if !bytes.Equal(r.sent[i].Octets, want[i].Datagram) {
			t.Errorf("Delete %d:\n got %x\nwant %x", i, r.sent[i].Octets, []byte(want[i].Datagram))
		}
	}
}
