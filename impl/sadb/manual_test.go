package sadb

import "testing"

func TestOnlyWhoKeysByHandMayUseReservedSPIs(t *testing.T) {
	for _, row := range []struct {
		spi    uint32
		manual bool
		want   bool
	}{{0, true, false}, {1, true, true}, {255, true, true}, {1, false, false}, {255, false, false}, {256, false, true}} {
		sa := sample(row.spi)
		sa.Manual = row.manual
		if err := sa.Check(); (err == nil) != row.want {
			t.Errorf("SPI %d, manual %v: %v", row.spi, row.manual, err)
		}
	}
}
