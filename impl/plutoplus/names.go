package plutoplus

// ESP transforms of RFC 2407 section 4.4.4 that have a rule of their own.
const (
	espDESIV64  = 1
	espDES      = 2
	espRC5      = 4
	espBlowfish = 7
	espNull     = 11
)

// espNames are the ciphers of -e.
var espNames = []struct {
	number int
	name   string
}{
	{1, "ESP_DES_IV64"}, {2, "ESP_DES"}, {3, "ESP_3DES"}, {4, "ESP_RC5"}, {5, "ESP_IDEA"}, {7, "ESP_BLOWFISH"}, {11, "ESP_NULL"},
}

func espName(n int) string {
	for _, row := range espNames {
		if row.number == n {
			return row.name
		}
	}
	return ""
}

// authName names the values of -a.
func authName(n int) string {
	return map[int]string{2: "HMAC_MD5", 3: "HMAC_SHA"}[n]
}

// groupName names the groups of --group (RFC 2409 section 6, RFC 3526).
func groupName(n int) string {
	return map[int]string{1: "MODP768", 2: "MODP1024", 5: "MODP1536"}[n]
}
