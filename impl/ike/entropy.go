package ike

// Entropy is where an engine's randomness comes from. label says what the octets are for:
// cookie, nonce, dh, msgid, iv, spi, jitter or pad. A recorded run survives new draws of
// other labels, and fixed vectors can be put in per label.
type Entropy interface {
	Fill(label string, p []byte)
}
