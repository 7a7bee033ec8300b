//go:build !purego

#include "textflag.h"

// Montgomery multiplication with AVX-512 IFMA. See modp_ifma_amd64.go for numbers and digits.
//
// The accumulator has eight digits of 52 bits to a register. For each digit b of the second factor, lowest first:
//
//	acc += low halves of a·b and p·y       y makes the lowest digit of acc zero
//	acc >>= one digit
//	acc += high halves of a·b and p·y      one place up: they fall on the digits that just moved down
//
// The lowest digit is also kept in R10, with its carries, by ordinary instructions: they get to the next y sooner than
// the vectors would. What the vectors hold in that place is not looked at.
//
//	SI a    DI p    BX next digit of b    CX digits left    R9 2^52-1
//	Z30 b, Z31 y, in all lanes

#define LO(off, za, zp) \
	VPMADD52LUQ off(SI), Z30, za; \
	VPMADD52LUQ off(DI), Z31, zp

#define HI(off, za, zp) \
	VPMADD52HUQ off(SI), Z30, za; \
	VPMADD52HUQ off(DI), Z31, zp

// z moves down one lane; its uppermost lane comes from the next register.
#define SHIFT(z, next) VALIGNQ $1, z, next, z

// A vector of acc, when the low halves are in it: the next vector gets its low halves, for its lowest digit moves into
// this one; then this one moves down and gets its high halves. Products with a are collected in za, those with p in
// zp, so that additions do not wait for each other; acc is the sum of both.
#define TURN2(off, za, nexta, zp, nextp) \
	LO((off+64), nexta, nextp); \
	SHIFT(za, nexta); \
	SHIFT(zp, nextp); \
	HI(off, za, zp)

#define TOP2(off, za, zeroa, zp, zerop) \
	SHIFT(za, zeroa); \
	SHIFT(zp, zerop); \
	HI(off, za, zp)

// The same with one register for both: long numbers have enough to do to hide the waiting.
#define TURN(off, z, next) \
	LO((off+64), next, next); \
	SHIFT(z, next); \
	HI(off, z, z)

#define TOP(off, z, zero) \
	SHIFT(z, zero); \
	HI(off, z, z)

#define ZERO(z) VPXORQ z, z, z

// All registers that any kernel uses become zero: a kernel counts on a zero above its uppermost one.
#define CLEAR \
	ZERO(Z0); ZERO(Z1); ZERO(Z2); ZERO(Z3); ZERO(Z4); ZERO(Z5); ZERO(Z6); \
	ZERO(Z7); ZERO(Z8); ZERO(Z9); ZERO(Z10); ZERO(Z11); ZERO(Z12); ZERO(Z13); \
	ZERO(Z14); ZERO(Z15); ZERO(Z16); ZERO(Z17); ZERO(Z18); ZERO(Z19); ZERO(Z20)

#define BEGIN \
	CLEAR; \
	MOVQ a+8(FP), SI; \
	MOVQ b+16(FP), BX; \
	MOVQ p+24(FP), DI; \
	MOVQ digits+32(FP), CX; \
	MOVQ $0xfffffffffffff, R9; \
	XORL R10, R10

// One digit of b, as far as the lowest digit of acc goes. The lowest digit of p is 2^52-1, so y is just the lowest
// digit of acc + a·b, and acc + a·b + (2^52-1)·y, moved down one digit, is (acc + a·b)>>52 + y. AX has the second
// digit of acc as the vectors hold it before this step.
#define DIGIT \
	MOVQ (BX), DX; \
	VPBROADCASTQ (BX), Z30; \
	MULXQ (SI), R11, R12; \
	IMULQ 8(SI), DX; \
	ANDQ R9, DX; \
	ADDQ DX, AX; \
	ADDQ R10, R11; \
	ADCQ $0, R12; \
	MOVQ R11, DX; \
	ANDQ R9, DX; \
	VPBROADCASTQ DX, Z31; \
	SHRQ $52, R12, R11; \
	LEAQ (R11)(DX*1), R10; \
	ADDQ AX, R10; \
	IMULQ 8(DI), DX; \
	ANDQ R9, DX; \
	ADDQ DX, R10

#define NEXT \
	ADDQ $8, BX; \
	DECQ CX

// R10 takes its place in the lowest lane.
#define LOWEST \
	MOVL $1, AX; \
	KMOVW AX, K1; \
	VPBROADCASTQ R10, K1, Z0; \
	MOVQ z+0(FP), BX

// func amm2(z, a, b, p *uint, digits int)
TEXT ·amm2(SB), NOSPLIT, $0-40
	BEGIN

loop:
	VPEXTRQ $1, X0, AX
	VPEXTRQ $1, X8, R13
	ADDQ R13, AX
	DIGIT
	LO(0, Z0, Z8)
	TURN2(0, Z0, Z1, Z8, Z9)
	TOP2(64, Z1, Z2, Z9, Z10)
	NEXT
	JNZ loop
	VPADDQ Z8, Z0, Z0
	VPADDQ Z9, Z1, Z1
	LOWEST
	VMOVDQU64 Z0, 0(BX); VMOVDQU64 Z1, 64(BX)
	VZEROUPPER
	RET

// func amm3(z, a, b, p *uint, digits int)
TEXT ·amm3(SB), NOSPLIT, $0-40
	BEGIN

loop:
	VPEXTRQ $1, X0, AX
	VPEXTRQ $1, X8, R13
	ADDQ R13, AX
	DIGIT
	LO(0, Z0, Z8)
	TURN2(0, Z0, Z1, Z8, Z9)
	TURN2(64, Z1, Z2, Z9, Z10)
	TOP2(128, Z2, Z3, Z10, Z11)
	NEXT
	JNZ loop
	VPADDQ Z8, Z0, Z0
	VPADDQ Z9, Z1, Z1
	VPADDQ Z10, Z2, Z2
	LOWEST
	VMOVDQU64 Z0, 0(BX); VMOVDQU64 Z1, 64(BX)
	VMOVDQU64 Z2, 128(BX)
	VZEROUPPER
	RET

// func amm4(z, a, b, p *uint, digits int)
TEXT ·amm4(SB), NOSPLIT, $0-40
	BEGIN

loop:
	VPEXTRQ $1, X0, AX
	VPEXTRQ $1, X8, R13
	ADDQ R13, AX
	DIGIT
	LO(0, Z0, Z8)
	TURN2(0, Z0, Z1, Z8, Z9)
	TURN2(64, Z1, Z2, Z9, Z10)
	TURN2(128, Z2, Z3, Z10, Z11)
	TOP2(192, Z3, Z4, Z11, Z12)
	NEXT
	JNZ loop
	VPADDQ Z8, Z0, Z0
	VPADDQ Z9, Z1, Z1
	VPADDQ Z10, Z2, Z2
	VPADDQ Z11, Z3, Z3
	LOWEST
	VMOVDQU64 Z0, 0(BX); VMOVDQU64 Z1, 64(BX)
	VMOVDQU64 Z2, 128(BX); VMOVDQU64 Z3, 192(BX)
	VZEROUPPER
	RET

// func amm5(z, a, b, p *uint, digits int)
TEXT ·amm5(SB), NOSPLIT, $0-40
	BEGIN

loop:
	VPEXTRQ $1, X0, AX
	VPEXTRQ $1, X8, R13
	ADDQ R13, AX
	DIGIT
	LO(0, Z0, Z8)
	TURN2(0, Z0, Z1, Z8, Z9)
	TURN2(64, Z1, Z2, Z9, Z10)
	TURN2(128, Z2, Z3, Z10, Z11)
	TURN2(192, Z3, Z4, Z11, Z12)
	TOP2(256, Z4, Z5, Z12, Z13)
	NEXT
	JNZ loop
	VPADDQ Z8, Z0, Z0
	VPADDQ Z9, Z1, Z1
	VPADDQ Z10, Z2, Z2
	VPADDQ Z11, Z3, Z3
	VPADDQ Z12, Z4, Z4
	LOWEST
	VMOVDQU64 Z0, 0(BX); VMOVDQU64 Z1, 64(BX)
	VMOVDQU64 Z2, 128(BX); VMOVDQU64 Z3, 192(BX)
	VMOVDQU64 Z4, 256(BX)
	VZEROUPPER
	RET

// func amm8(z, a, b, p *uint, digits int)
TEXT ·amm8(SB), NOSPLIT, $0-40
	BEGIN

loop:
	VPEXTRQ $1, X0, AX
	DIGIT
	LO(0, Z0, Z0)
	TURN(0, Z0, Z1)
	TURN(64, Z1, Z2)
	TURN(128, Z2, Z3)
	TURN(192, Z3, Z4)
	TURN(256, Z4, Z5)
	TURN(320, Z5, Z6)
	TURN(384, Z6, Z7)
	TOP(448, Z7, Z8)
	NEXT
	JNZ loop
	LOWEST
	VMOVDQU64 Z0, 0(BX); VMOVDQU64 Z1, 64(BX)
	VMOVDQU64 Z2, 128(BX); VMOVDQU64 Z3, 192(BX)
	VMOVDQU64 Z4, 256(BX); VMOVDQU64 Z5, 320(BX)
	VMOVDQU64 Z6, 384(BX); VMOVDQU64 Z7, 448(BX)
	VZEROUPPER
	RET

// func amm10(z, a, b, p *uint, digits int)
TEXT ·amm10(SB), NOSPLIT, $0-40
	BEGIN

loop:
	VPEXTRQ $1, X0, AX
	DIGIT
	LO(0, Z0, Z0)
	TURN(0, Z0, Z1)
	TURN(64, Z1, Z2)
	TURN(128, Z2, Z3)
	TURN(192, Z3, Z4)
	TURN(256, Z4, Z5)
	TURN(320, Z5, Z6)
	TURN(384, Z6, Z7)
	TURN(448, Z7, Z8)
	TURN(512, Z8, Z9)
	TOP(576, Z9, Z10)
	NEXT
	JNZ loop
	LOWEST
	VMOVDQU64 Z0, 0(BX); VMOVDQU64 Z1, 64(BX)
	VMOVDQU64 Z2, 128(BX); VMOVDQU64 Z3, 192(BX)
	VMOVDQU64 Z4, 256(BX); VMOVDQU64 Z5, 320(BX)
	VMOVDQU64 Z6, 384(BX); VMOVDQU64 Z7, 448(BX)
	VMOVDQU64 Z8, 512(BX); VMOVDQU64 Z9, 576(BX)
	VZEROUPPER
	RET

// func amm15(z, a, b, p *uint, digits int)
TEXT ·amm15(SB), NOSPLIT, $0-40
	BEGIN

loop:
	VPEXTRQ $1, X0, AX
	DIGIT
	LO(0, Z0, Z0)
	TURN(0, Z0, Z1)
	TURN(64, Z1, Z2)
	TURN(128, Z2, Z3)
	TURN(192, Z3, Z4)
	TURN(256, Z4, Z5)
	TURN(320, Z5, Z6)
	TURN(384, Z6, Z7)
	TURN(448, Z7, Z8)
	TURN(512, Z8, Z9)
	TURN(576, Z9, Z10)
	TURN(640, Z10, Z11)
	TURN(704, Z11, Z12)
	TURN(768, Z12, Z13)
	TURN(832, Z13, Z14)
	TOP(896, Z14, Z15)
	NEXT
	JNZ loop
	LOWEST
	VMOVDQU64 Z0, 0(BX); VMOVDQU64 Z1, 64(BX)
	VMOVDQU64 Z2, 128(BX); VMOVDQU64 Z3, 192(BX)
	VMOVDQU64 Z4, 256(BX); VMOVDQU64 Z5, 320(BX)
	VMOVDQU64 Z6, 384(BX); VMOVDQU64 Z7, 448(BX)
	VMOVDQU64 Z8, 512(BX); VMOVDQU64 Z9, 576(BX)
	VMOVDQU64 Z10, 640(BX); VMOVDQU64 Z11, 704(BX)
	VMOVDQU64 Z12, 768(BX); VMOVDQU64 Z13, 832(BX)
	VMOVDQU64 Z14, 896(BX)
	VZEROUPPER
	RET

// func amm20(z, a, b, p *uint, digits int)
TEXT ·amm20(SB), NOSPLIT, $0-40
	BEGIN

loop:
	VPEXTRQ $1, X0, AX
	DIGIT
	LO(0, Z0, Z0)
	TURN(0, Z0, Z1)
	TURN(64, Z1, Z2)
	TURN(128, Z2, Z3)
	TURN(192, Z3, Z4)
	TURN(256, Z4, Z5)
	TURN(320, Z5, Z6)
	TURN(384, Z6, Z7)
	TURN(448, Z7, Z8)
	TURN(512, Z8, Z9)
	TURN(576, Z9, Z10)
	TURN(640, Z10, Z11)
	TURN(704, Z11, Z12)
	TURN(768, Z12, Z13)
	TURN(832, Z13, Z14)
	TURN(896, Z14, Z15)
	TURN(960, Z15, Z16)
	TURN(1024, Z16, Z17)
	TURN(1088, Z17, Z18)
	TURN(1152, Z18, Z19)
	TOP(1216, Z19, Z20)
	NEXT
	JNZ loop
	LOWEST
	VMOVDQU64 Z0, 0(BX); VMOVDQU64 Z1, 64(BX)
	VMOVDQU64 Z2, 128(BX); VMOVDQU64 Z3, 192(BX)
	VMOVDQU64 Z4, 256(BX); VMOVDQU64 Z5, 320(BX)
	VMOVDQU64 Z6, 384(BX); VMOVDQU64 Z7, 448(BX)
	VMOVDQU64 Z8, 512(BX); VMOVDQU64 Z9, 576(BX)
	VMOVDQU64 Z10, 640(BX); VMOVDQU64 Z11, 704(BX)
	VMOVDQU64 Z12, 768(BX); VMOVDQU64 Z13, 832(BX)
	VMOVDQU64 Z14, 896(BX); VMOVDQU64 Z15, 960(BX)
	VMOVDQU64 Z16, 1024(BX); VMOVDQU64 Z17, 1088(BX)
	VMOVDQU64 Z18, 1152(BX); VMOVDQU64 Z19, 1216(BX)
	VZEROUPPER
	RET

// func pick512(z, table *uint, vectors, entries, index int)
//
// For each vector of z: runs over all entries of the table, and keeps what is in the one whose number is index.
TEXT ·pick512(SB), NOSPLIT, $0-40
	MOVQ z+0(FP), BX
	MOVQ table+8(FP), SI
	MOVQ vectors+16(FP), R8
	MOVQ entries+24(FP), R9
	VPBROADCASTQ index+32(FP), Z1
	MOVL $1, AX
	VPBROADCASTQ AX, Z2
	MOVQ R8, R10
	SHLQ $6, R10

vector:
	MOVQ SI, DI
	MOVQ R9, CX
	ZERO(Z0)
	ZERO(Z3)

entry:
	VPCMPEQQ Z1, Z3, K1
	VPMOVM2Q K1, Z4
	VPANDQ (DI), Z4, Z4
	VPORQ Z4, Z0, Z0
	VPADDQ Z2, Z3, Z3
	ADDQ R10, DI
	DECQ CX
	JNZ entry
	VMOVDQU64 Z0, (BX)
	ADDQ $64, BX
	ADDQ $64, SI
	DECQ R8
	JNZ vector
	VZEROUPPER
	RET
