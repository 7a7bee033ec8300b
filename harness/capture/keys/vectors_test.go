package keys

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"ikewit/harness/capture/crypt"
)

// octets reads hex.
type octets []byte

func (o *octets) UnmarshalText(b []byte) error {
	d, err := hex.DecodeString(string(b))
	*o = d
	return err
}

type vectors struct {
	Phase1 []struct {
		ID, Auth, Hash, Cipher string
		KeyOctets              int    `json:"key_octets"`
		BlockOctets            int    `json:"block_octets"`
		Group                  uint16 `json:"group"`
		PSK                    octets
		CkyI                   octets   `json:"cky_i"`
		CkyR                   octets   `json:"cky_r"`
		NiB                    octets   `json:"ni_b"`
		NrB                    octets   `json:"nr_b"`
		XI                     octets   `json:"x_i"`
		XR                     octets   `json:"x_r"`
		GXI                    octets   `json:"g_xi"`
		GXR                    octets   `json:"g_xr"`
		GXY                    octets   `json:"g_xy"`
		SAiB                   octets   `json:"sai_b"`
		IDiiB                  octets   `json:"idii_b"`
		IDirB                  octets   `json:"idir_b"`
		SKEYID                 octets   `json:"skeyid"`
		SKEYIDd                octets   `json:"skeyid_d"`
		SKEYIDa                octets   `json:"skeyid_a"`
		SKEYIDe                octets   `json:"skeyid_e"`
		EncKey                 octets   `json:"enc_key"`
		HashI                  octets   `json:"hash_i"`
		HashR                  octets   `json:"hash_r"`
		IVMM5                  octets   `json:"iv_mm5"`
		KaBlocks               []octets `json:"ka_blocks"`
	}
	QuickMode []struct {
		ID, Phase1 string
		MsgID      octets `json:"msg_id"`
		Protocol   uint8
		NiB        octets `json:"ni_b"`
		NrB        octets `json:"nr_b"`
		QmGXY      octets `json:"qm_g_xy"`
		Hash3      octets `json:"hash3"`
		LastBlock  octets `json:"iv_input_last_block"`
		Messages   []struct {
			IV        octets
			Plaintext octets
		}
		Keymat map[string]struct {
			SPI    octets
			Keymat octets
		}
	} `json:"quick_mode"`
	DESKeys struct {
		Weak     []octets
		SemiWeak []octets `json:"semi_weak"`
		Cases    []struct {
			ID        string
			SKEYIDe   octets `json:"skeyid_e"`
			WeakFirst bool   `json:"weak_first8"`
			Key       octets
			KeyNext   octets `json:"key_next8"`
		}
	} `json:"des_keys"`
}

func load(t *testing.T) vectors {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "impl", "keymat", "testdata", "vectors-ikev1.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

var (
	hashOf   = map[string]uint16{"md5": 1, "sha1": 2, "sha2-256": 4, "sha256": 4, "sha2-384": 5, "sha2-512": 6}
	cipherOf = map[string]string{"des-cbc": "des", "3des-cbc": "3des", "aes-128-cbc": "aes", "aes-192-cbc": "aes", "aes-256-cbc": "aes"}
)

// same compares and says which value of which vector is wrong.
func same(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s: %x, want %x", what, got, want)
	}
}

func TestPhase1Vectors(t *testing.T) {
	for _, v := range load(t).Phase1 {
		t.Run(v.ID, func(t *testing.T) {
			h, c, g := crypt.HashByNumber(hashOf[v.Hash]), crypt.CipherByName(cipherOf[v.Cipher]), crypt.GroupByNumber(v.Group)
			if h == nil || c == nil || g == nil {
				t.Fatalf("no %s, %s or group %d", v.Hash, v.Cipher, v.Group)
			}
			same(t, "g^xi", g.Public(crypt.Secret(v.XI)), v.GXI)
			same(t, "g^xr", g.Public(crypt.Secret(v.XR)), v.GXR)
			xy, err := g.Shared(crypt.Secret(v.XI), v.GXR)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "g^xy", xy, v.GXY)
			yx, _ := g.Shared(crypt.Secret(v.XR), v.GXI)
			same(t, "g^yx", yx, v.GXY)
			how := map[string]Authentication{"psk": PSK, "rsasig": Signature, "rsaenc": PublicKey}[v.Auth]
			p := Parties{v.CkyI, v.CkyR, v.NiB, v.NrB, v.GXI, v.GXR}
			s := Derive(h, how, crypt.Secret(v.PSK), xy, p)
			same(t, "SKEYID", s.SKEYID, v.SKEYID)
			same(t, "SKEYID_d", s.D, v.SKEYIDd)
			same(t, "SKEYID_a", s.A, v.SKEYIDa)
			same(t, "SKEYID_e", s.E, v.SKEYIDe)
			key, err := CipherKey(h, c, s.E, v.KeyOctets)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "Ka", key, v.EncKey)
			same(t, "IV", IV1(h, c.Block, v.GXI, v.GXR), v.IVMM5)
			same(t, "HASH_I", HashI(h, s.SKEYID, p, v.SAiB, v.IDiiB), v.HashI)
			same(t, "HASH_R", HashR(h, s.SKEYID, p, v.SAiB, v.IDirB), v.HashR)
		})
	}
}

func TestQuickModeVectors(t *testing.T) {
	all := load(t)
	for _, v := range all.QuickMode {
		t.Run(v.ID, func(t *testing.T) {
			for _, p1 := range all.Phase1 {
				if p1.ID != v.Phase1 {
					continue
				}
				h := crypt.HashByNumber(hashOf[p1.Hash])
				id := [4]byte(v.MsgID)
				first, second := v.Messages[0].Plaintext, v.Messages[1].Plaintext
				size := len(p1.SKEYIDa) + 4
				same(t, "IV", IV2(h, p1.BlockOctets, v.LastBlock, id), v.Messages[0].IV)
				same(t, "HASH(1)", Hash1(h, crypt.Secret(p1.SKEYIDa), id, first[size:]), first[4:size])
				same(t, "HASH(2)", Hash2(h, crypt.Secret(p1.SKEYIDa), id, v.NiB, second[size:]), second[4:size])
				same(t, "HASH(3)", Hash3(h, crypt.Secret(p1.SKEYIDa), id, v.NiB, v.NrB), v.Hash3)
				for way, k := range v.Keymat {
					got := Keymat(h, crypt.Secret(p1.SKEYIDd), crypt.Secret(v.QmGXY), v.Protocol, k.SPI, v.NiB, v.NrB, len(k.Keymat))
					same(t, "KEYMAT "+way, got, k.Keymat)
				}
				return
			}
			t.Fatalf("no phase 1 %s", v.Phase1)
		})
	}
}

func TestDESKeyVectors(t *testing.T) {
	all := load(t).DESKeys
	for _, k := range append(all.Weak, all.SemiWeak...) {
		if !crypt.WeakDES(crypt.Secret(k)) {
			t.Errorf("%x passes for a good key", k)
		}
	}
	for _, v := range all.Cases {
		if crypt.WeakDES(crypt.Secret(v.SKEYIDe[:8])) != v.WeakFirst {
			t.Errorf("%s: weak: %v", v.ID, !v.WeakFirst)
		}
		want := v.Key
		if want == nil {
			want = v.KeyNext
		}
		got, err := CipherKey(crypt.HashByNumber(2), crypt.CipherByName("des"), crypt.Secret(v.SKEYIDe), 8)
		if err != nil {
			t.Fatal(err)
		}
		same(t, v.ID, got, want)
	}
}

func TestSecretsDoNotShow(t *testing.T) {
	s := Skeyids{D: crypt.Secret("hidden")}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
		if text := fmt.Sprintf(verb, s); bytes.Contains([]byte(text), []byte("hidden")) || bytes.Contains([]byte(text), []byte("68696464656e")) || bytes.Contains([]byte(text), []byte("104 105")) {
			t.Errorf("%s shows %s", verb, text)
		}
	}
	if b, _ := json.Marshal(s); bytes.Contains(b, []byte("aGlkZGVu")) {
		t.Errorf("JSON shows %s", b)
	}
}
