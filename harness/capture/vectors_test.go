package capture

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/keys"
	"ikewit/harness/capture/packet"
	"ikewit/harness/capture/pcapfile"
)

// octets reads hex.
type octets []byte

func (o *octets) UnmarshalText(b []byte) error {
	d, err := hex.DecodeString(string(b))
	*o = d
	return err
}

type vectorMessage struct {
	Name      string
	Plaintext octets
	Datagram  octets
	Pad       int `json:"pad_octets"`
}

type vectorPhase1 struct {
	ID, Auth  string
	Group     uint16
	KeyOctets int `json:"key_octets"`
	PSK       octets
	XI        octets `json:"x_i"`
	XR        octets `json:"x_r"`
	GXY       octets `json:"g_xy"`
	IDii      octets `json:"idii_b"`
	IDir      octets `json:"idir_b"`
	SKEYID    octets `json:"skeyid"`
	D         octets `json:"skeyid_d"`
	A         octets `json:"skeyid_a"`
	E         octets `json:"skeyid_e"`
	EncKey    octets `json:"enc_key"`
	Messages  []vectorMessage
}

type vectorQuick struct {
	ID, Phase1, Encryption, Authentication string
	MsgID                                  octets `json:"msg_id"`
	Protocol                               uint8
	PFSGroup                               uint16 `json:"pfs_group"`
	XI                                     octets `json:"qm_x_i"`
	XR                                     octets `json:"qm_x_r"`
	GXY                                    octets `json:"qm_g_xy"`
	SPIi                                   octets `json:"spi_i"`
	SPIr                                   octets `json:"spi_r"`
	IDci                                   octets `json:"idci_b"`
	Messages                               []vectorMessage
	Keymat                                 map[string]struct {
		SPI     octets
		EncKey  octets `json:"enc_key"`
		AuthKey octets `json:"auth_key"`
	}
}

type vectors struct {
	Phase1        []vectorPhase1
	Aggressive    []vectorPhase1
	QuickMode     []vectorQuick `json:"quick_mode"`
	Informational []struct {
		ID, Phase1 string
		Message    vectorMessage
	}
}

func loadVectors(t testing.TB) vectors {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "impl", "keymat", "testdata", "vectors-ikev1.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// under gives the quick modes of one phase 1.
func (v vectors) under(id string) []vectorQuick {
	var out []vectorQuick
	for _, q := range v.QuickMode {
		if q.Phase1 == id {
			out = append(out, q)
		}
	}
	return out
}

var (
	alice = netip.MustParseAddrPort("192.0.2.1:500")
	bob   = netip.MustParseAddrPort("192.0.2.2:500")
)

// A script is frames in the making: datagrams between alice and bob, a millisecond apart.
type script struct {
	t      testing.TB
	frames []pcapfile.Frame
	next   int
}

func (s *script) send(from, to netip.AddrPort, datagram []byte) {
	s.t.Helper()
	raw, err := packet.WrapUDP(from, to, datagram)
	if err != nil {
		s.t.Fatal(err)
	}
	at := time.Unix(1e9, int64(len(s.frames))*1e6).UTC()
	s.frames = append(s.frames, pcapfile.Frame{Number: len(s.frames) + 1, Time: at, Link: pcapfile.LinkRaw, Data: raw, Length: len(raw)})
}

// say sends messages in turn, alice first.
func (s *script) say(list ...vectorMessage) {
	s.t.Helper()
	for i, m := range list {
		if i%2 == 0 {
			s.send(alice, bob, m.Datagram)
		} else {
			s.send(bob, alice, m.Datagram)
		}
	}
}

// Next makes a script a FrameSource.
func (s *script) Next() (pcapfile.Frame, error) {
	if s.next == len(s.frames) {
		return pcapfile.Frame{}, io.EOF
	}
	s.next++
	return s.frames[s.next-1], nil
}

// conversation decodes the script, which must be one conversation.
func (s *script) conversation() *Conversation {
	s.t.Helper()
	s.next = 0
	var records []Record
	for r := range Decode(s, Options{}) {
		if r.Err != nil {
			s.t.Fatal(r.Err)
		}
		records = append(records, r)
	}
	all := Converse(records)
	if len(all) != 1 {
		s.t.Fatalf("%d conversations", len(all))
	}
	return all[0]
}

// names writes the messages of a conversation, copies with a star.
func names(c *Conversation) string {
	var out []string
	for _, m := range c.Messages {
		if m.Resent != nil {
			out = append(out, m.Name+"*")
		} else {
			out = append(out, m.Name)
		}
	}
	return strings.Join(out, " ")
}

func (p vectorPhase1) secrets() map[string]Secrets {
	return map[string]Secrets{
		"initiator's exponent": {PSK: crypt.Secret(p.PSK), Exponents: []crypt.Secret{{1, 2, 3}, crypt.Secret(p.XI)}},
		"responder's exponent": {PSK: crypt.Secret(p.PSK), Exponents: []crypt.Secret{crypt.Secret(p.XR)}},
		"g^xy":                 {PSK: crypt.Secret(p.PSK), Shared: crypt.Secret(p.GXY)},
		"SKEYID and children":  {Skeyids: keys.Skeyids{SKEYID: crypt.Secret(p.SKEYID), D: crypt.Secret(p.D), A: crypt.Secret(p.A), E: crypt.Secret(p.E)}},
	}
}
