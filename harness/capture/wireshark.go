package capture

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/isakmp"
)

// Tables is what Wireshark and tshark need to read a capture as we do. It shows keys: that is its purpose.
//
//	Files        written into a configuration folder (WIRESHARK_CONFIG_DIR): ikev1_decryption_table, esp_sa, preferences
//	Arguments    the same as arguments of tshark
type Tables struct {
	ikev1, esp []string
	Unable     []string // what Wireshark has no name for, and so cannot open
}

// wiresharkCiphers are Wireshark's names of ESP ciphers. It has none for RC5, IDEA and the packets of RFC 1829.
var wiresharkCiphers = map[string]string{
	"null": "NULL", "des": "DES-CBC [RFC2405]", "3des": "TripleDES-CBC [RFC2451]", "blowfish": "BLOWFISH-CBC [RFC2451]",
	"cast": "CAST5-CBC [RFC2144]", "aes": "AES-CBC [RFC3602]", "aes-ctr": "AES-CTR [RFC3686]",
	"aes-gcm-8": "AES-GCM with 8 octet ICV [RFC4106]", "aes-gcm-12": "AES-GCM with 12 octet ICV [RFC4106]",
	"aes-gcm-16": "AES-GCM with 16 octet ICV [RFC4106]",
}

var wiresharkIntegrities = map[string]string{
	"": "NULL", "hmac-md5-96": "HMAC-MD5-96 [RFC2403]", "hmac-sha1-96": "HMAC-SHA-1-96 [RFC2404]",
	"hmac-sha256-128": "HMAC-SHA-256-128 [RFC4868]", "hmac-sha256-96": "HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]",
	"hmac-sha384-192": "HMAC-SHA-384-192 [RFC4868]", "hmac-sha512-256": "HMAC-SHA-512-256 [RFC4868]",
}

// wiresharkPhase1 are the phase 1 ciphers that Wireshark opens.
var wiresharkPhase1 = map[string]bool{"des": true, "3des": true, "aes": true}

// WiresharkTables collects the keys of recovered conversations and of other SAs.
func WiresharkTables(recoveries []*Recovery, more ...*ipsec.SA) Tables {
	var t Tables
	for _, r := range recoveries {
		if p := &r.Phase1; len(p.CipherKey) > 0 {
			if !wiresharkPhase1[p.Cipher.Name] {
				t.Unable = append(t.Unable, fmt.Sprintf("ISAKMP SA %s: %s", r.Conversation, p.Cipher.Name))
			}
			t.ikev1 = append(t.ikev1, fmt.Sprintf("%s,%s", r.Conversation.ICookie, hexOf(p.CipherKey)))
		}
		for _, sa := range r.SAs {
			t.add(sa)
		}
	}
	for _, sa := range more {
		t.add(sa)
	}
	return t
}

// add appends an ESP SA; AH needs no key to be shown.
func (t *Tables) add(sa *ipsec.SA) {
	if sa.Protocol != isakmp.ProtoESP {
		return
	}
	integrity := ""
	if sa.Integrity != nil {
		integrity = sa.Integrity.Name
	}
	cipher, auth := wiresharkCiphers[sa.Cipher.Name], wiresharkIntegrities[integrity]
	only128 := sa.Cipher.Name == "blowfish" || sa.Cipher.Name == "cast" // of all key lengths
	if cipher == "" || auth == "" || sa.IV != ipsec.IVOfCipher || only128 && sa.KeyOctets() != 16 {
		t.Unable = append(t.Unable, sa.String())
		return
	}
	family := "IPv4"
	if sa.Src.Is6() {
		family = "IPv6"
	}
	t.esp = append(t.esp, fmt.Sprintf(`"%s","%s","%s","0x%08x","%s","%s","%s","%s"`,
		family, anyAddr(sa.Src), anyAddr(sa.Dst), sa.SPI, cipher, prefixed(sa.Key), auth, prefixed(sa.AuthKey)))
}

// hexOf writes a secret on purpose.
func hexOf(s crypt.Secret) string { return hex.EncodeToString(s) }

func prefixed(s crypt.Secret) string {
	if len(s) == 0 {
		return ""
	}
	return "0x" + hexOf(s)
}

func anyAddr(a netip.Addr) string {
	if !a.IsValid() {
		return "*"
	}
	return a.String()
}

// Files gives the contents of the configuration files by name.
func (t Tables) Files() map[string]string {
	lines := func(list []string) string {
		return "# keys of captured test traffic\n" + strings.Join(append(list, ""), "\n")
	}
	return map[string]string{
		"ikev1_decryption_table": lines(t.ikev1),
		"esp_sa":                 lines(t.esp),
		"preferences":            "esp.enable_encryption_decode: TRUE\nesp.enable_authentication_check: TRUE\n",
	}
}

// WriteDir writes Files into a folder, readable by its owner only.
func (t Tables) WriteDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for name, text := range t.Files() {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Arguments gives the same as arguments of tshark. Whoever may list processes can read the keys there; WriteDir hides
// them.
func (t Tables) Arguments() []string {
	args := []string{"-o", "esp.enable_encryption_decode:TRUE", "-o", "esp.enable_authentication_check:TRUE"}
	for _, line := range t.ikev1 {
		args = append(args, "-o", "uat:ikev1_decryption_table:"+line)
	}
	for _, line := range t.esp {
		args = append(args, "-o", "uat:esp_sa:"+line)
	}
	return args
}
