package keymat

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"ikewit/impl/alg"
)

// vectors is testdata/vectors-ikev1.json: artificial negotiations, computed by one program and checked by another.
type vectors struct {
	Phase1        []phase1Vector    `json:"phase1"`
	Aggressive    []phase1Vector    `json:"aggressive"`
	QuickMode     []quickVector     `json:"quick_mode"`
	Informational []infoVector      `json:"informational"`
	RevisedRSA    []revisedVector   `json:"revised_rsa"`
	RSASignature  []signatureVector `json:"rsa_signature"`
	DESKeys       desKeys           `json:"des_keys"`
}

type phase1Vector struct {
	ID, Auth, Hash, Cipher string
	KeyOctets              int `json:"key_octets"`
	BlockOctets            int `json:"block_octets"`
	Group                  int
	PSK                    octets
	CkyI                   octets `json:"cky_i"`
	CkyR                   octets `json:"cky_r"`
	Ni                     octets `json:"ni_b"`
	Nr                     octets `json:"nr_b"`
	Xi                     octets `json:"x_i"`
	Xr                     octets `json:"x_r"`
	GXi                    octets `json:"g_xi"`
	GXr                    octets `json:"g_xr"`
	GXY                    octets `json:"g_xy"`
	SAi                    octets `json:"sai_b"`
	IDii                   octets `json:"idii_b"`
	IDir                   octets `json:"idir_b"`
	SKEYID                 octets
	D                      octets    `json:"skeyid_d"`
	A                      octets    `json:"skeyid_a"`
	E                      octets    `json:"skeyid_e"`
	KaBlocks               []octets  `json:"ka_blocks"`
	EncKey                 octets    `json:"enc_key"`
	HashI                  octets    `json:"hash_i"`
	HashR                  octets    `json:"hash_r"`
	FirstIV                octets    `json:"iv_mm5"`
	LastBlock              octets    `json:"phase1_last_block"`
	ClearLastBlock         octets    `json:"phase1_last_block_if_am3_clear"`
	AfterEncrypted         phase2IV  `json:"qm_iv_after_encrypted_am3"`
	AfterClear             phase2IV  `json:"qm_iv_after_clear_am3"`
	Messages               []message `json:"messages"`
}

type phase2IV struct {
	MsgID octets `json:"msg_id"`
	IV    octets
}

type message struct {
	Name       string
	Encrypted  *bool // missing where every message is
	IV         octets
	Plaintext  octets
	PadOctets  int `json:"pad_octets"`
	Ciphertext octets
	Datagram   octets
}

func (m message) clear() bool { return m.Encrypted != nil && !*m.Encrypted }

type quickVector struct {
	ID, Phase1                 string
	MsgID                      octets `json:"msg_id"`
	Protocol                   uint8
	Encryption, Authentication string
	PFSGroup                   int    `json:"pfs_group"`
	Xi                         octets `json:"qm_x_i"`
	Xr                         octets `json:"qm_x_r"`
	GXi                        octets `json:"qm_g_xi"`
	GXr                        octets `json:"qm_g_xr"`
	GXY                        octets `json:"qm_g_xy"`
	Ni                         octets `json:"ni_b"`
	Nr                         octets `json:"nr_b"`
	SPIi                       octets `json:"spi_i"`
	SPIr                       octets `json:"spi_r"`
	Hash1, Hash2, Hash3        octets
	LastBlock                  octets `json:"iv_input_last_block"`
	Messages                   []message
	Keymat                     struct {
		ToResponder direction `json:"initiator_to_responder"`
		ToInitiator direction `json:"responder_to_initiator"`
	}
}

type direction struct {
	SPI     octets
	Blocks  []octets
	Keymat  octets
	EncKey  octets `json:"enc_key"`
	AuthKey octets `json:"auth_key"`
}

type infoVector struct {
	ID, Phase1 string
	MsgID      octets `json:"msg_id"`
	Hash1      octets
	Message    message
}

type revisedVector struct {
	ID, Hash, Cipher string
	CkyI             octets   `json:"cky_i"`
	CkyR             octets   `json:"cky_r"`
	Ni               octets   `json:"ni_b"`
	Nr               octets   `json:"nr_b"`
	NeI              octets   `json:"ne_i"`
	NeR              octets   `json:"ne_r"`
	KeIBlocks        []octets `json:"ke_i_blocks"`
	KeI              octets   `json:"ke_i"`
	KeRBlocks        []octets `json:"ke_r_blocks"`
	KeR              octets   `json:"ke_r"`
	KE               octets   `json:"ke_b"`
	KEIV             octets   `json:"ke_iv"`
	KEPadded         octets   `json:"ke_padded"`
	KECiphertext     octets   `json:"ke_ciphertext"`
	IDii             octets   `json:"idii_b"`
	IDIV             octets   `json:"id_iv"`
	IDPadded         octets   `json:"id_padded"`
	IDCiphertext     octets   `json:"id_ciphertext"`
}

type signatureVector struct {
	ID, Phase1 string
	Signed     octets
	N, E       string
	EM         octets
	Signature  octets
}

type desKeys struct {
	Weak      []octets
	AsPrinted []octets `json:"weak_as_printed_in_rfc2409"`
	SemiWeak  []octets `json:"semi_weak"`
	Cases     []struct {
		ID        string
		SKEYIDe   octets `json:"skeyid_e"`
		WeakFirst bool   `json:"weak_first8"`
		Key       octets
		KeyNext   octets `json:"key_next8"`
	}
	TDES []struct {
		ID     string
		Key    octets
		Reject bool
	} `json:"tdes"`
}

// octets are hex in the file.
type octets []byte

func (o *octets) UnmarshalText(text []byte) (err error) {
	*o, err = hex.DecodeString(string(text))
	return err
}

func (o octets) uint32() uint32 { return binary.BigEndian.Uint32(o) }

// load reads the file.
func load(t testing.TB) *vectors {
	text, err := os.ReadFile("testdata/vectors-ikev1.json")
	if err != nil {
		t.Fatal(err)
	}
	v := new(vectors)
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
	return v
}

// phase1 finds a negotiation by its id.
func (v *vectors) phase1(t testing.TB, id string) *phase1Vector {
	for i := range v.Phase1 {
		if v.Phase1[i].ID == id {
			return &v.Phase1[i]
		}
	}
	t.Fatalf("no phase 1 vector %q", id)
	return nil
}

// cipher is the row of "3des-cbc", "aes-192-cbc" and the like, and the key length.
func (p *phase1Vector) cipher(t testing.TB) (*alg.Cipher, int) {
	name := strings.TrimSuffix(p.Cipher, "-cbc")
	if strings.HasPrefix(name, "aes-") {
		name = "aes"
	}
	c := alg.CipherByName(name)
	if c == nil {
		t.Fatalf("%s: no cipher %q", p.ID, p.Cipher)
	}
	return c, 8 * p.KeyOctets
}

// secrets derives everything from the inputs of the vector.
func (p *phase1Vector) secrets(t testing.TB) *Secrets {
	h := alg.HashByName(p.Hash)
	var skeyid alg.Key
	switch p.Auth {
	case "psk":
		skeyid = SKEYIDPreShared(h, alg.Key(p.PSK), p.Ni, p.Nr)
	case "rsasig":
		skeyid = SKEYIDSignature(h, p.GXY, p.Ni, p.Nr)
	case "rsaenc":
		skeyid = SKEYIDEncryption(h, p.Ni, p.Nr, p.CkyI, p.CkyR)
	default:
		t.Fatalf("%s: authentication %q", p.ID, p.Auth)
	}
	s := Derive(h, skeyid, p.GXY, p.CkyI, p.CkyR)
	c, bits := p.cipher(t)
	if err := s.SetCipher(c, bits, UseWeak); err != nil {
		t.Fatalf("%s: %v", p.ID, err)
	}
	return s
}

func (p *phase1Vector) transcript() *Transcript {
	return &Transcript{GXi: p.GXi, GXr: p.GXr, CkyI: p.CkyI, CkyR: p.CkyR, SAi: p.SAi}
}

func (p *phase1Vector) cbc(t testing.TB) alg.CBC {
	c, _ := p.cipher(t)
	cbc, err := c.NewCBC(p.secrets(t).CipherKey)
	if err != nil {
		t.Fatalf("%s: %v", p.ID, err)
	}
	return cbc
}
