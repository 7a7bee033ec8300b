package capture

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/isakmp"
)

// KeySet is what a key file knows about one capture. In JSON:
//
//	{"ikev1": [{"icookie": "…", "rcookie": "…", "enc_key": "…", "cipher": "aes-cbc", "hash": "sha1", "iv": "…",
//	            "psk": "…", "g_xy": "…", "skeyid": "…", "skeyid_d": "…", "skeyid_a": "…", "skeyid_e": "…",
//	            "exponents": ["…"], "g_qm_xy": {"5ca1ab1e": "…"}}],
//	 "esp": [{"src": "…", "dst": "…", "spi": "…", "enc_alg": "aes-cbc", "enc_key": "…", "auth_alg": "hmac-sha1-96", "auth_key": "…"}],
//	 "ah": [{"src": "…", "dst": "…", "spi": "…", "auth_alg": "hmac-sha1-96", "auth_key": "…"}]}
//
// Everything but icookie, src, dst and spi may be left out; octets are hex. A file may hold one set, or under "files"
// one for each capture, named by the end of its path.
type KeySet struct {
	IKEv1 []IKEv1Keys  `json:"ikev1,omitempty"`
	ESP   []ManualKeys `json:"esp,omitempty"`
	AH    []ManualKeys `json:"ah,omitempty"`
}

// IKEv1Keys is what is known about one ISAKMP SA.
type IKEv1Keys struct {
	ICookie   hexSecret            `json:"icookie"`
	RCookie   hexSecret            `json:"rcookie,omitempty"`
	CipherKey hexSecret            `json:"enc_key,omitempty"`
	Cipher    string               `json:"cipher,omitempty"`
	Hash      string               `json:"hash,omitempty"`
	IV        ivField              `json:"iv,omitempty"`
	PSK       hexSecret            `json:"psk,omitempty"`
	Shared    hexSecret            `json:"g_xy,omitempty"`
	SKEYID    hexSecret            `json:"skeyid,omitempty"`
	D         hexSecret            `json:"skeyid_d,omitempty"`
	A         hexSecret            `json:"skeyid_a,omitempty"`
	E         hexSecret            `json:"skeyid_e,omitempty"`
	Exponents []hexSecret          `json:"exponents,omitempty"`
	SharedPFS map[string]hexSecret `json:"g_qm_xy,omitempty"`
}

// ManualKeys is one SA of ESP or AH. Cipher keys include the salt.
type ManualKeys struct {
	Src     string    `json:"src"`
	Dst     string    `json:"dst"`
	SPI     hexSecret `json:"spi"`
	Cipher  string    `json:"enc_alg,omitempty"`
	Key     hexSecret `json:"enc_key,omitempty"`
	Auth    string    `json:"auth_alg,omitempty"`
	AuthKey hexSecret `json:"auth_key,omitempty"`
}

// hexSecret is octets that a key file shows on purpose and nothing else does.
type hexSecret crypt.Secret

// UnmarshalText reads hex.
func (h *hexSecret) UnmarshalText(b []byte) error {
	d, err := hex.DecodeString(strings.TrimPrefix(string(b), "0x"))
	if err != nil {
		return fmt.Errorf("octets of %d characters are no hex", len(b)) // the text itself may be a secret
	}
	*h = d
	return nil
}

// MarshalText writes hex.
func (h hexSecret) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h)), nil }

// Format hides the octets as crypt.Secret does.
func (h hexSecret) Format(f fmt.State, verb rune) { crypt.Secret(h).Format(f, verb) }

// ivField is hex, or a sentence that says how the IV comes about, which is no IV.
type ivField []byte

// UnmarshalText takes hex and passes over sentences.
func (i *ivField) UnmarshalText(b []byte) error {
	if d, err := hex.DecodeString(string(b)); err == nil {
		*i = d
	}
	return nil
}

// MarshalText writes hex.
func (i ivField) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(i)), nil }

// LoadKeys reads a key file and picks what it has for a capture.
func LoadKeys(path, capture string) (KeySet, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return KeySet{}, err
	}
	var file struct {
		KeySet
		Files map[string]KeySet `json:"files"`
	}
	if err := json.NewDecoder(bytes.NewReader(b)).Decode(&file); err != nil {
		return KeySet{}, fmt.Errorf("%s: %w", path, err)
	}
	whole, err := filepath.Abs(capture)
	if err != nil {
		return KeySet{}, err
	}
	best := ""
	for name := range file.Files {
		if strings.HasSuffix(filepath.ToSlash(whole), "/"+name) && len(name) > len(best) {
			best = name
		}
	}
	if best != "" {
		return file.Files[best], nil
	}
	return file.KeySet, nil
}

// Secrets picks what is known about a conversation; false if nothing is.
func (k KeySet) Secrets(c *Conversation) (Secrets, bool, error) {
	for _, x := range k.IKEv1 {
		if !bytes.Equal(x.ICookie, c.ICookie[:]) || x.RCookie != nil && !bytes.Equal(x.RCookie, c.RCookie[:]) {
			continue
		}
		s := Secrets{
			PSK: crypt.Secret(x.PSK), Shared: crypt.Secret(x.Shared), CipherKey: crypt.Secret(x.CipherKey), IV: x.IV,
			SharedPFS: map[uint32]crypt.Secret{},
		}
		s.Skeyids.SKEYID, s.Skeyids.D = crypt.Secret(x.SKEYID), crypt.Secret(x.D)
		s.Skeyids.A, s.Skeyids.E = crypt.Secret(x.A), crypt.Secret(x.E)
		for _, e := range x.Exponents {
			s.Exponents = append(s.Exponents, crypt.Secret(e))
		}
		for id, shared := range x.SharedPFS {
			octets, err := hex.DecodeString(id)
			if err != nil || len(octets) != 4 {
				return s, false, fmt.Errorf("g_qm_xy of %q: a message ID has 8 hex digits", id)
			}
			s.SharedPFS[isakmp.SPINumber(octets)] = crypt.Secret(shared)
		}
		if s.Cipher = crypt.CipherByName(cipherName(x.Cipher)); s.Cipher == nil && x.Cipher != "" {
			return s, false, fmt.Errorf("cipher %q is not known", x.Cipher)
		}
		if s.Hash = crypt.HashByName(strings.Replace(x.Hash, "sha2-", "sha", 1)); s.Hash == nil && x.Hash != "" {
			return s, false, fmt.Errorf("hash %q is not known", x.Hash)
		}
		return s, true, nil
	}
	return Secrets{}, false, nil
}

// cipherName maps the usual names to ours: those of CBC ciphers leave the mode out.
func cipherName(s string) string { return strings.TrimSuffix(s, "-cbc") }

// SAs gives the ESP and AH SAs of the set. Mode is not known to a key file; it is left zero.
func (k KeySet) SAs() ([]*ipsec.SA, error) {
	var out []*ipsec.SA
	for _, x := range k.ESP {
		sa, err := x.sa(isakmp.ProtoESP)
		if err != nil {
			return nil, err
		}
		out = append(out, sa)
	}
	for _, x := range k.AH {
		sa, err := x.sa(isakmp.ProtoAH)
		if err != nil {
			return nil, err
		}
		out = append(out, sa)
	}
	return out, nil
}

func (x ManualKeys) sa(protocol isakmp.Protocol) (*ipsec.SA, error) {
	sa := &ipsec.SA{Protocol: protocol, SPI: isakmp.SPINumber(x.SPI), Key: crypt.Secret(x.Key), AuthKey: crypt.Secret(x.AuthKey)}
	var err error
	if sa.Src, err = netip.ParseAddr(x.Src); err != nil {
		return nil, fmt.Errorf("SA %08x: src: %w", sa.SPI, err)
	}
	if sa.Dst, err = netip.ParseAddr(x.Dst); err != nil {
		return nil, fmt.Errorf("SA %08x: dst: %w", sa.SPI, err)
	}
	if sa.Cipher = crypt.CipherByName(cipherName(x.Cipher)); sa.Cipher == nil && protocol == isakmp.ProtoESP {
		return nil, fmt.Errorf("SA %08x: enc_alg %q is not known", sa.SPI, x.Cipher)
	}
	if sa.Integrity = crypt.IntegrityByName(strings.Replace(x.Auth, "sha2-", "sha", 1)); sa.Integrity == nil && x.Auth != "" && x.Auth != "none" {
		return nil, fmt.Errorf("SA %08x: auth_alg %q is not known", sa.SPI, x.Auth)
	}
	return sa, nil
}
