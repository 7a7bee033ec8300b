package isakmp

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"ikewit/impl/wire/ikehdr"
)

// vectorFile has whole negotiations, made and checked by programs that share nothing with this one.
const vectorFile = "../../keymat/testdata/vectors-ikev1.json"

type hexOctets []byte

func (h *hexOctets) UnmarshalText(digits []byte) (err error) {
	*h, err = hex.AppendDecode(nil, digits)
	return err
}

// A vectorMessage is one datagram; Plaintext is its body without padding, where it is encrypted.
type vectorMessage struct {
	Name      string
	Datagram  hexOctets
	Plaintext hexOctets
	PadOctets int `json:"pad_octets"`
}

// A vector is one exchange and what its payloads hold, as far as it has them.
type vector struct {
	ID       string
	SAi      hexOctets `json:"sai_b"`
	Ni       hexOctets `json:"ni_b"`
	Nr       hexOctets `json:"nr_b"`
	GXi      hexOctets `json:"g_xi"`
	GXr      hexOctets `json:"g_xr"`
	IDii     hexOctets `json:"idii_b"`
	IDir     hexOctets `json:"idir_b"`
	HashI    hexOctets `json:"hash_i"`
	HashR    hexOctets `json:"hash_r"`
	QGXi     hexOctets `json:"qm_g_xi"`
	QGXr     hexOctets `json:"qm_g_xr"`
	IDci     hexOctets `json:"idci_b"`
	IDcr     hexOctets `json:"idcr_b"`
	SPIi     hexOctets `json:"spi_i"`
	SPIr     hexOctets `json:"spi_r"`
	Hash1    hexOctets `json:"hash1"`
	Hash2    hexOctets `json:"hash2"`
	Hash3    hexOctets `json:"hash3"`
	Messages []vectorMessage
	Message  *vectorMessage // of an informational exchange
}

func readVectors(t testing.TB) []vector {
	t.Helper()
	text, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Phase1        []vector
		Aggressive    []vector
		QuickMode     []vector `json:"quick_mode"`
		Informational []vector
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	all := slices.Concat(file.Phase1, file.Aggressive, file.QuickMode, file.Informational)
	for i := range all {
		if m := all[i].Message; m != nil {
			all[i].Messages = []vectorMessage{*m}
		}
	}
	return all
}

// inClear is the message as it was before encryption, padding and all; its length is the same.
func (m *vectorMessage) inClear() []byte {
	if m.Plaintext == nil {
		return m.Datagram
	}
	return slices.Concat(m.Datagram[:ikehdr.Size], m.Plaintext, make([]byte, m.PadOctets))
}

// Each message of the vectors parses, has the payloads that its name says, and encodes to the same
// octets.
func TestVectors(t *testing.T) {
	summaries := map[string][]string{
		"MM1": {"SA"}, "MM2": {"SA"}, "MM3": {"KE NONCE"}, "MM4": {"KE NONCE"}, "MM5": {"ID HASH"}, "MM6": {"ID HASH"},
		"AM1": {"SA KE NONCE ID"}, "AM2": {"SA KE NONCE ID HASH"}, "AM3-clear": {"HASH"}, "AM3-encrypted": {"HASH"},
		"QM1": {"HASH SA NONCE", "HASH SA NONCE ID ID", "HASH SA NONCE KE ID ID"},
		"QM2": {"HASH SA NONCE", "HASH SA NONCE ID ID", "HASH SA NONCE KE ID ID"},
		"QM3": {"HASH"}, "INF": {"HASH D", "HASH N"},
	}
	n := 0
	for _, v := range readVectors(t) {
		for _, vm := range v.Messages {
			n++
			b := vm.inClear()
			m, err := ParseMessage(b)
			if err != nil {
				t.Errorf("%s %s: %v", v.ID, vm.Name, err)
				continue
			}
			if !slices.Contains(summaries[vm.Name], m.Summary()) {
				t.Errorf("%s %s: %s, want one of %q", v.ID, vm.Name, m.Summary(), summaries[vm.Name])
			}
			if len(m.Tail) != vm.PadOctets {
				t.Errorf("%s %s: %d octets of padding, want %d", v.ID, vm.Name, len(m.Tail), vm.PadOctets)
			}
			if got := m.Append(nil); !bytes.Equal(got, b) {
				t.Errorf("%s %s: encoded to\n%x, want\n%x", v.ID, vm.Name, got, b)
			}
			v.check(t, vm.Name, m)
		}
	}
	if n < 100 {
		t.Errorf("only %d messages", n)
	}
}

// check compares the payloads of a message with what the vector says of them. Raw holds what hashes
// cover, so that is what bodies are compared with.
func (v *vector) check(t *testing.T, name string, m *Message) {
	var ids int
	for _, it := range m.Items {
		var want []byte
		initiator := slices.Contains([]string{"MM1", "MM3", "MM5", "AM1", "QM1"}, name)
		switch it.Type {
		case TypeSA:
			want = v.SAi
			if !initiator || strings.HasPrefix(name, "QM") {
				v.checkSPI(t, name, it.Body.(*SA), initiator)
				continue
			}
		case TypeNonce:
			want = either(initiator, v.Ni, v.Nr)
		case TypeKE:
			want = either(initiator, v.GXi, v.GXr)
			if strings.HasPrefix(name, "QM") {
				want = either(initiator, v.QGXi, v.QGXr)
			}
		case TypeID:
			want = either(initiator, v.IDii, v.IDir)
			if strings.HasPrefix(name, "QM") {
				want = either(ids == 0, v.IDci, v.IDcr)
			}
			ids++
		case TypeHash:
			want = map[string]hexOctets{
				"MM5": v.HashI, "MM6": v.HashR, "AM2": v.HashR, "AM3-clear": v.HashI, "AM3-encrypted": v.HashI,
				"QM1": v.Hash1, "QM2": v.Hash2, "QM3": v.Hash3, "INF": v.Hash1,
			}[name]
		default:
			continue
		}
		if len(want) == 0 || !bytes.Equal(it.Raw[genericSize:], want) {
			t.Errorf("%s %s: %v is %x, want %x", v.ID, name, it.Type, it.Raw[genericSize:], want)
		}
	}
}

func (v *vector) checkSPI(t *testing.T, name string, sa *SA, initiator bool) {
	want := either(initiator, v.SPIi, v.SPIr)
	if got := sa.Proposals[0].SPI; sa.DOI != DOIIPsec || sa.Situation != SituationIdentityOnly || !bytes.Equal(got, want) {
		t.Errorf("%s %s: %v, %v, SPI %x, want %x", v.ID, name, sa.DOI, sa.Situation, got, want)
	}
}

func either(first bool, a, b []byte) []byte {
	if first {
		return a
	}
	return b
}
