package strongswan

import (
	"fmt"
	"strings"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/sadb"
)

// strongSwan's words for our rows: its manual page swanctl.conf(5), section on proposals.
var (
	cipherWords = map[string]string{
		"des": "des", "3des": "3des", "blowfish": "blowfish%d", "cast": "cast128", "aes": "aes%d", "aes-ctr": "aes%dctr",
		"aes-gcm-8": "aes%dgcm8", "aes-gcm-12": "aes%dgcm12", "aes-gcm-16": "aes%dgcm16", "null": "null",
	}
	hashWords = map[string]string{"md5": "md5", "sha1": "sha1", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512"}

	integrityWords = map[string]string{
		"hmac-md5-96": "md5", "hmac-sha1-96": "sha1", "hmac-sha256-128": "sha256", "hmac-sha256-96": "sha256_96",
		"hmac-sha384-192": "sha384", "hmac-sha512-256": "sha512", "hmac-md5-128": "md5_128", "hmac-sha1-160": "sha1_160",
	}
)

// ikeProposal writes a phase 1 proposal: "aes128-sha1-modp2048".
func ikeProposal(p conn.ISAKMPProposal) (string, error) {
	cipher, err := cipherWord(p.Cipher, p.KeyBits, p.Cipher.IKEBits)
	if err != nil {
		return "", err
	}
	hash, ok := hashWords[p.Hash.Name]
	if !ok {
		return "", fmt.Errorf("strongSwan has no hash %s", p.Hash.Name)
	}
	return cipher + "-" + hash + "-" + p.Group.Name, nil
}

// childProposal writes a phase 2 proposal and says if it is one of ESP or of AH.
func childProposal(p conn.IPsecProposal) (words string, proto sadb.Protocol, err error) {
	if len(p.Protocols) != 1 {
		return "", 0, fmt.Errorf("strongSwan negotiates one of ESP and AH, not %d protocols", len(p.Protocols))
	}
	var parts []string
	t := p.Protocols[0]
	if t.Proto == sadb.ESP {
		cipher, err := cipherWord(t.Cipher, t.KeyBits, t.Cipher.ESPBits)
		if err != nil {
			return "", 0, err
		}
		parts = append(parts, cipher)
	}
	if t.Integrity != nil {
		word, ok := integrityWords[t.Integrity.Name]
		if !ok {
			return "", 0, fmt.Errorf("strongSwan has no integrity algorithm %s", t.Integrity.Name)
		}
		parts = append(parts, word)
	}
	if p.Group != nil {
		parts = append(parts, p.Group.Name)
	}
	return strings.Join(parts, "-"), t.Proto, nil
}

func cipherWord(c *alg.Cipher, bits, usual int) (string, error) {
	word, ok := cipherWords[c.Name]
	if !ok {
		return "", fmt.Errorf("strongSwan has no cipher %s", c.Name)
	}
	if bits == 0 {
		bits = usual
	}
	if strings.Contains(word, "%d") {
		return fmt.Sprintf(word, bits), nil
	}
	return word, nil
}
