package alg

// A field multiplies modulo a prime. Its numbers are size() words, in a form of the field's own. No method's time
// depends on the value of a number or of an index.
type field interface {
	size() int
	number(octets []byte) []uint     // of a big-endian number below the prime
	octets(x []uint, n int) []byte   // big-endian, n octets
	mul(z, x, y []uint)              // z = x y; z may be x or y
	pick(z, table []uint, index int) // z = the number at index in a table of numbers
	exp(y, x []byte, n int) []byte   // y^x, n octets, from octets to octets
}

func newField(prime []byte) field {
	if f := newFastField(prime); f != nil {
		return f
	}
	return newPortableField(prime)
}

// power is y^x, four bits of the exponent at a time. x is big-endian, at least one octet.
func power(f field, y []uint, x []byte) []uint {
	n := f.size()
	table := make([]uint, 16*n)
	copy(table, f.number([]byte{1}))
	for i := 1; i < 16; i++ {
		f.mul(table[i*n:][:n], table[(i-1)*n:][:n], y)
	}
	z, t := make([]uint, n), make([]uint, n)
	copy(z, table)
	for i, octet := range x {
		for j, four := range [2]byte{octet >> 4, octet & 15} {
			if i > 0 || j > 0 {
				for range 4 {
					f.mul(z, z, z)
				}
			}
			f.pick(t, table, int(four))
			f.mul(z, z, t)
		}
	}
	return z
}

// A comb raises one number g to exponents of a fixed length, with tables of powers of g (Lim and Lee, "More flexible
// exponentiation with precomputation", 1994). The bits of the exponent are written in rows, and a row in blocks:
//
//	               <- block 3 -> <- block 2 -> <- block 1 -> <- block 0 ->
//	tooth 4   bit  ............. ............. ............. .............  4·row
//	  ...
//	tooth 1   bit  ............. ............. ............. .............  row
//	tooth 0   bit  ............. ............. ............. .............  0
//
// The table of a block has the 32 products of powers of g that a column there can mean. All blocks go down their
// columns at the same time, from the left: so there are only block-1 squarings, and row multiplications.
type comb struct {
	field      field
	row, block int    // bits
	tables     []uint // for each block 32 numbers
}

const (
	combTeeth  = 5
	combBlocks = 4
)

// newComb builds the tables; this takes about as many multiplications as there are bits, and a hundred more.
func newComb(f field, g []byte, bits int) *comb {
	c := &comb{field: f, row: (bits + combTeeth - 1) / combTeeth}
	c.block = (c.row + combBlocks - 1) / combBlocks
	n := f.size()
	c.tables = make([]uint, combBlocks<<combTeeth*n)
	square := f.number(g)
	for bit := range combTeeth * c.row {
		if tooth, at := bit/c.row, bit%c.row; at%c.block == 0 {
			copy(c.entry(at/c.block, 1<<tooth), square)
		}
		f.mul(square, square, square)
	}
	one := f.number([]byte{1})
	for block := range combBlocks {
		copy(c.entry(block, 0), one)
		for i := 1; i < 1<<combTeeth; i++ {
			if lowest := i & -i; lowest != i {
				f.mul(c.entry(block, i), c.entry(block, i-lowest), c.entry(block, lowest))
			}
		}
	}
	return c
}

func (c *comb) entry(block, i int) []uint {
	n := c.field.size()
	return c.tables[(block<<combTeeth+i)*n:][:n]
}

// power is g^x. x is big-endian and not longer than the comb.
func (c *comb) power(x []byte) []uint {
	n := c.field.size()
	z, t := make([]uint, n), make([]uint, n)
	copy(z, c.entry(0, 0))
	for column := c.block - 1; column >= 0; column-- {
		if column < c.block-1 {
			c.field.mul(z, z, z)
		}
		for block := range combBlocks {
			at := block*c.block + column
			if at >= c.row {
				continue
			}
			index := 0
			for tooth := range combTeeth {
				index |= bitOf(x, tooth*c.row+at) << tooth
			}
			c.field.pick(t, c.tables[block<<combTeeth*n:][:n<<combTeeth], index)
			c.field.mul(z, z, t)
		}
	}
	return z
}

// bitOf is bit n of a big-endian number.
func bitOf(x []byte, n int) int {
	if n >= 8*len(x) {
		return 0
	}
	return int(x[len(x)-1-n/8]>>(n%8)) & 1
}
