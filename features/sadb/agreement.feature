# The same file of commands, read into the user-space stack and into the kernel. The kernel is read once by our driver, and once by
# ip xfrm state.
@netns @kernel
Feature: User-space stack and kernel hold the same

  @IK-43 @IK-04 @IPS-CLI-04 @IPS-PFK-16 @positive @must
  Scenario: One file of commands gives one SAD, in the kernel and in user space
    Given two hosts
    And bob keeps SAs in user space
    When both are keyed by hand:
      """
      # ciphers, keys and authenticators
      add esp spi 0x1001 src {alice} dst {bob} encr_alg des encrkey 0123456789abcdef auth_alg md5 authkey 000102030405060708090a0b0c0d0e0f
      add esp spi 0x1002 src {alice} dst {bob} encr_alg 3des encrkey 0123456789abcdef23456789abcdef01456789abcdef0123
      add esp spi 0x1003 src {bob} dst {alice} encr_alg blowfish encrkey 00112233445566778899aabbccddeeff auth_alg sha1
          authkey 000102030405060708090a0b0c0d0e0f10111213
      add esp spi 0x1004 src {bob} dst {alice} encr_alg aes encrkey 00112233445566778899aabbccddeeff auth_alg sha256
          authkey 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
      add esp spi 0x1005 src {bob} dst {alice} encr_alg aes encrkey 00112233445566778899aabbccddeeff0011223344556677
      add esp spi 0x1006 src {alice} dst {bob} auth_alg sha1 authkey 000102030405060708090a0b0c0d0e0f10111213
      # a tunnel, a window, limits, and no source
      add esp spi 0x1007 src {alice} dst {bob} proxy 10.9.0.7 encr_alg aes encrkey 00112233445566778899aabbccddeeff
      add esp spi 0x1008 src {alice} dst {bob} encr_alg des encrkey 1123456789abcdef auth_alg md5 authkey 100102030405060708090a0b0c0d0e0f replay 32
      add esp spi 0x1009 src {alice} dst {bob} encr_alg des encrkey 2323456789abcdef
          soft_bytes 1000000 hard_bytes 2048000 soft_addtime 3000 hard_addtime 3600 soft_usetime 1000 hard_usetime 2000
          soft_alloc 100000 hard_alloc 200000
      add esp spi 0x100a dst {bob} encr_alg des encrkey 3323456789abcdef
      # AH, and IPv6
      add ah spi 0x2001 src {alice} dst {bob} auth_alg md5 authkey 000102030405060708090a0b0c0d0e0f hard_bytes 4096
      add ah spi 0x2002 src {bob} dst {alice} auth_alg sha authkey 000102030405060708090a0b0c0d0e0f10111213/160
      add esp spi 0x3001 src6 2001:db8::1 dst6 2001:db8::2 encr_alg 3des encrkey 0123456789abcdef23456789abcdef01456789abcdef0123
      add ah spi 0x3002 src6 2001:db8::1 dst6 2001:db8::2 auth_alg sha1 authkey 000102030405060708090a0b0c0d0e0f10111213
      """
    Then the SAs of alice and of bob are the same, field by field
    And the SAs of both are those of the files
    And ip xfrm state on alice agrees with the files

  @IK-43 @IK-10 @IK-11 @IK-13 @IPS-PFK-13 @positive @must
  Scenario: Commands that change, delete and flush leave the same SAD
    Given two hosts
    And bob keeps SAs in user space
    When both are keyed by hand:
      """
      add ah spi 0x2001 src {alice} dst {bob} auth_alg md5 authkey 000102030405060708090a0b0c0d0e0f
      add esp spi 0x1001 src {alice} dst {bob} encr_alg des encrkey 0123456789abcdef soft_bytes 1000
      add esp spi 0x1002 src {alice} dst {bob} encr_alg des encrkey 0123456789abcdef
      update esp spi 0x1001 dst {bob} hard_bytes 16000000 hard_addtime 3600
      delete esp spi 0x1002 dst {bob}
      flush ah
      """
    Then the SAs of alice and of bob are the same, field by field

  @IK-43 @IPS-PFK-16 @positive @must
  Scenario: The kernel of one and the user-space stack of the other carry the same traffic
    Given two hosts
    And bob keeps SAs in user space
    # where a kernel takes packets as well, it has no SA for those that are for the user-space stack
    And the kernel of bob may count XfrmInNoStates
    And the harness puts policies into both: all between them is protected by "esp transport"
    And both are keyed by hand:
      """
      add esp spi 0x1001 src {alice} dst {bob} encr_alg aes encrkey 00112233445566778899aabbccddeeff auth_alg sha1 authkey 000102030405060708090a0b0c0d0e0f10111213
      add esp spi 0x2002 src {bob} dst {alice} encr_alg 3des encrkey 0123456789abcdef23456789abcdef01456789abcdef0123 auth_alg md5 authkey 000102030405060708090a0b0c0d0e0f
      """
    Then the SAs of alice and of bob are the same, field by field
    And ip xfrm state on alice agrees with the files
    And traffic passes in the SAs only
