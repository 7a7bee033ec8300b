package capture

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"

	"ikewit/harness/capture/isakmp"
)

// A jsonLine is the JSON form of one ISAKMP message. Payload types are numbers.
type jsonLine struct {
	Frame       int           `json:"frame"`
	Kind        Kind          `json:"kind"`
	Name        string        `json:"name,omitempty"`
	Src         string        `json:"src"`
	Dst         string        `json:"dst"`
	NATT        bool          `json:"natt,omitempty"`
	ICookie     string        `json:"icookie"`
	RCookie     string        `json:"rcookie"`
	NextPayload uint8         `json:"next_payload"`
	Version     string        `json:"version"`
	Exchange    uint8         `json:"exchange"`
	Flags       uint8         `json:"flags"`
	MsgID       string        `json:"msgid"`
	Length      uint32        `json:"length"`
	Encrypted   bool          `json:"encrypted,omitempty"`
	Payloads    []int         `json:"payloads"`
	Detail      []jsonPayload `json:"detail"`
	Decrypted   []int         `json:"decrypted,omitempty"`
	Inside      []jsonPayload `json:"decrypted_detail,omitempty"`
	Checks      []jsonCheck   `json:"checks,omitempty"`
	ResentOf    int           `json:"retransmission_of,omitempty"`
	Error       string        `json:"error,omitempty"`
}

// A jsonPayload is the fields of one payload; keys depend on the type, t and len are always there.
type jsonPayload map[string]any

type jsonCheck struct {
	Name string `json:"name"`
	Good bool   `json:"good"`
}

// WriteJSON writes one message as one line.
func (m *Message) WriteJSON(w io.Writer) error {
	h := m.ISAKMP
	line := jsonLine{
		Frame: m.Frame, Kind: KindISAKMP, Name: m.Name, Src: endpoint(m.Src), Dst: endpoint(m.Dst), NATT: m.NATT,
		ICookie: h.ICookie.String(), RCookie: h.RCookie.String(), NextPayload: uint8(h.NextPayload),
		Version: fmt.Sprintf("%d.%d", h.Major, h.Minor), Exchange: uint8(h.Exchange), Flags: uint8(h.Flags),
		MsgID: fmt.Sprintf("%08x", h.MessageID), Length: h.Length, Encrypted: h.Hides(),
		Payloads: numbers(h.Payloads), Detail: details(h.Payloads),
	}
	if m.Plain != nil {
		line.Decrypted, line.Inside = numbers(m.Plain), details(m.Plain)
	}
	for _, c := range m.Checks {
		line.Checks = append(line.Checks, jsonCheck{c.Name, c.Good})
	}
	if m.Resent != nil {
		line.ResentOf = m.Resent.Frame
	}
	if h.Err != nil {
		line.Error = h.Err.Error()
	} else if m.Err != nil {
		line.Error = m.Err.Error()
	}
	return json.NewEncoder(w).Encode(line)
}

func endpoint(a netip.AddrPort) string {
	switch {
	case !a.Addr().IsValid():
		return ""
	case a.Port() == 0:
		return a.Addr().String()
	case a.Addr().Is6():
		return fmt.Sprintf("%s:%d", a.Addr(), a.Port())
	}
	return a.String()
}

func numbers(chain []isakmp.Payload) []int {
	out := make([]int, len(chain))
	for i, p := range chain {
		out[i] = int(p.Type)
	}
	return out
}

func details(chain []isakmp.Payload) []jsonPayload {
	out := make([]jsonPayload, len(chain))
	for i, p := range chain {
		out[i] = jsonPayload{"t": int(p.Type), "len": len(p.Octets)}
		if p.Err != nil {
			out[i]["error"] = p.Err.Error()
			continue
		}
		out[i].content(p.Content)
	}
	return out
}

// content adds what a payload says.
func (j jsonPayload) content(c isakmp.Content) {
	switch c := c.(type) {
	case *isakmp.SA:
		j["doi"], j["situation"], j["proposals"] = c.DOI, fmt.Sprintf("%08x", c.Situation), proposals(c.Proposals)
	case *isakmp.KeyExchange:
		j["ke_len"] = len(c.Data)
	case *isakmp.Identification:
		j["id_type"], j["id_proto"], j["id_port"], j["id_data"] = c.Type, c.Protocol, c.Port, hex.EncodeToString(c.Data)
	case *isakmp.Certificate:
		j["cert_enc"] = c.Encoding
	case *isakmp.CertificateRequest:
		j["certreq_type"] = c.Type
	case *isakmp.Hash:
		j["hash"] = hex.EncodeToString(c.Data)
	case *isakmp.Signature:
		j["sig_len"] = len(c.Data)
	case *isakmp.Nonce:
		j["nonce_len"], j["nonce"] = len(c.Data), hex.EncodeToString(c.Data)
	case *isakmp.Notification:
		j["notify"], j["proto"], j["spi_size"], j["data_len"] = c.Type, c.Protocol, len(c.SPI), len(c.Data)
		if len(c.SPI) > 0 {
			j["spi"] = hex.EncodeToString(c.SPI)
		}
	case *isakmp.Delete:
		spis := []string{}
		for _, s := range c.SPIs {
			spis = append(spis, hex.EncodeToString(s))
		}
		j["proto"], j["spi_size"], j["nspi"], j["spis"] = c.Protocol, c.SPISize, c.Count, spis
	case *isakmp.VendorID:
		j["vid"] = hex.EncodeToString(c.Data)
		if name := isakmp.VendorName(c.Data); name != "" {
			j["vid_name"] = name
		}
	case *isakmp.Config:
		j["cfg_type"], j["cfg_id"], j["cfg_attrs"] = c.Type, c.Identifier, attributes(c.Attributes)
	}
}

func proposals(list []isakmp.Proposal) []jsonPayload {
	out := make([]jsonPayload, len(list))
	for i, p := range list {
		transforms := make([]jsonPayload, len(p.Transforms))
		for k, t := range p.Transforms {
			transforms[k] = jsonPayload{"num": t.Number, "id": t.ID, "attrs": attributes(t.Attributes)}
		}
		out[i] = jsonPayload{"num": p.Number, "proto": p.Protocol, "spi": hex.EncodeToString(p.SPI), "ntrans": p.Count, "transforms": transforms}
	}
	return out
}

func attributes(list []isakmp.Attribute) [][2]any {
	out := make([][2]any, len(list))
	for i, a := range list {
		out[i] = [2]any{a.Type, hex.EncodeToString(a.Value)}
	}
	return out
}
