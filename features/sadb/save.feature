# Databases that are saved, flushed and loaded; and one file of commands in two databases.
@netns
Feature: Saved and restored

  @IK-05 @IK-13 @IK-17 @IK-45 @IPS-CLI-08 @behaviour @must
  Scenario: save, flush and load give the same SAs, octet for octet
    Given two hosts
    When alice is keyed by hand:
      """
      add esp spi 0x1001 src {alice} dst {bob} encr_alg des encrkey 0123456789abcdef auth_alg md5 authkey 000102030405060708090a0b0c0d0e0f
      add esp spi 0x1002 src {alice} dst {bob} encr_alg 3des encrkey 0123456789abcdef23456789abcdef01456789abcdef0123
          soft_bytes 1000000 hard_bytes 2048000 soft_addtime 3000 hard_addtime 3600 soft_usetime 1000 hard_usetime 2000
      add esp spi 0x1003 src {bob} dst {alice} encr_alg aes encrkey 00112233445566778899aabbccddeeff auth_alg sha256
          authkey 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f replay 32
      add esp spi 0x1004 src {bob} dst {alice} encr_alg blowfish encrkey 001122334455667788 auth_alg sha1
          authkey 000102030405060708090a0b0c0d0e0f10111213
      add esp spi 0x1005 src {bob} dst {alice} auth_alg sha1 authkey 000102030405060708090a0b0c0d0e0f10111213
      add esp spi 0x1006 src {alice} dst {bob} proxy 10.9.0.1 encr_alg aes encrkey 00112233445566778899aabbccddeeff
      add esp spi 0x1007 dst {bob} encr_alg des encrkey 1123456789abcdef
      add ah spi 0x1001 src {alice} dst {bob} auth_alg sha1 authkey 000102030405060708090a0b0c0d0e0f10111213 hard_bytes 4096
      add ah spi 0x1002 src6 2001:db8::1 dst6 2001:db8::2 auth_alg md5 authkey 000102030405060708090a0b0c0d0e0f
      """
    Then the SAs of both are those of the files
    And alice saves, flushes and loads its SAs, and has the same

  @userspace @IK-34 @IK-17 @IK-45 @IPS-PFK-40 @IPS-CLI-08 @negative @must
  Scenario: Identities are saved and restored too
    Given two hosts
    When alice is keyed by hand:
      """
      add esp spi 0x1001 src {alice} dst {bob} encr_alg des encrkey 0123456789abcdef srcidtype fqdn alice.example dstidtype user_fqdn bob@example
      """
    Then alice saves, flushes and loads its SAs, and has the same
    When alice types ipseckey "get esp spi 0x1001 dst {bob}"
    Then ipseckey on alice prints:
      """
      SID: alice.example
      DID: bob@example
      """

  @IK-13 @IK-45 @IK-17 @IPS-CLI-08 @behaviour @must
  Scenario: After save, flush and load traffic passes as before
    Given two hosts
    And the harness puts policies into both: all between them is protected by "esp transport"
    And both are keyed by hand:
      """
      add esp spi 0x1001 src {alice} dst {bob} encr_alg aes encrkey 00112233445566778899aabbccddeeff auth_alg sha1 authkey 000102030405060708090a0b0c0d0e0f10111213
      add esp spi 0x2002 src {bob} dst {alice} encr_alg aes encrkey ffeeddccbbaa99887766554433221100 auth_alg md5 authkey 000102030405060708090a0b0c0d0e0f
      """
    When alice saves, flushes and loads its SAs, and has the same
    And bob saves, flushes and loads its SAs, and has the same
    Then traffic passes in the SAs only

  @IK-11 @IK-12 @IK-37 @IK-38 @IK-42 @IPS-CLI-07 @IPS-PFK-17 @IPS-PFK-22 @negative @must
  Scenario: What is there already, and what is not there
    Given two hosts
    And alice is keyed by hand:
      """
      add esp spi 0x1001 src {alice} dst {bob} encr_alg des encrkey 0123456789abcdef
      """
    When alice runs ipseckey on the file:
      """
      add esp spi 0x1001 src {alice} dst {bob} encr_alg des encrkey 0123456789abcdef
      """
    Then ipseckey on alice exits with 1
    And ipseckey on alice prints:
      """
      ipseckey: Association (type = esp) with spi 0x1001 and addr
      {bob} already exists.
      """
    When alice types ipseckey "delete esp spi 0x1001 dst {bob}"
    Then ipseckey on alice exits with 0
    When alice types ipseckey "get esp spi 0x1001 dst {bob}"
    Then ipseckey on alice exits with 1
    And ipseckey on alice prints:
      """
      ipseckey: Association (type = esp) with spi 0x1001 and addr
      {bob} does not exist.
      """
