# Two hosts are keyed by hand with ipseckey on both sides; nobody negotiates. ipseckey adds SAs only: the policies that send
# packets into them are put in by the harness.
@netns
Feature: Two hosts keyed by hand

  @IK-04 @IK-09 @IK-19 @IK-21 @IK-25 @IK-27 @IK-28 @IK-32 @IPS-PFK-16 @IPS-CLI-04 @positive @must
  Scenario Outline: <protection>, <where>
    Given <where>
    And the harness puts policies into both: all between them is protected by "esp transport"
    And both are keyed by hand:
      """
      # alice to bob, and back
      add esp spi 0x1001 src {alice} dst {bob} <algorithms>
      add esp spi 0x2002 src {bob} dst {alice} <algorithms>
      """
    Then the SAs of both are those of the files
    And traffic passes in the SAs only

    Examples: over IPv4
      | protection                           | where     | algorithms                                                                                                                                           |
      | ESP DES                              | two hosts | encr_alg des encrkey 0123456789abcdef                                                                                                                |
      | ESP 3DES with HMAC_SHA               | two hosts | encr_alg 3des encrkey 0123456789abcdef23456789abcdef01456789abcdef0123 auth_alg sha1 authkey 000102030405060708090a0b0c0d0e0f10111213                |
      | ESP 3DES with HMAC_MD5, bits counted | two hosts | encr_alg 3des encrkey 0123456789abcdef23456789abcdef01456789abcdef0123/192 auth_alg md5 authkey 000102030405060708090a0b0c0d0e0f/128                 |
      | ESP Blowfish with HMAC_MD5           | two hosts | encr_alg blowfish encrkey 00112233445566778899aabbccddeeff auth_alg md5 authkey 000102030405060708090a0b0c0d0e0f                                     |
      | ESP AES 128 with HMAC_SHA2_256       | two hosts | encr_alg aes encrkey 00112233445566778899aabbccddeeff auth_alg sha256 authkey 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f       |
      | ESP AES 256 with HMAC_SHA            | two hosts | encr_alg aes encrkey 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff auth_alg sha1 authkey 000102030405060708090a0b0c0d0e0f10111213 |
      | ESP NULL with HMAC_SHA               | two hosts | encr_alg null auth_alg sha1 authkey 000102030405060708090a0b0c0d0e0f10111213                                                                         |
      | ESP without encr_alg with HMAC_MD5   | two hosts | auth_alg md5 authkey 000102030405060708090a0b0c0d0e0f                                                                                                |

    @ipv6
    Examples: over IPv6
      | protection                | where               | algorithms                                                                                                                            |
      | ESP DES with HMAC_MD5     | two hosts over IPv6 | encr_alg des encrkey 0123456789abcdef auth_alg md5 authkey 000102030405060708090a0b0c0d0e0f                                           |
      | ESP 3DES with HMAC_SHA    | two hosts over IPv6 | encr_alg 3des encrkey 0123456789abcdef23456789abcdef01456789abcdef0123 auth_alg sha1 authkey 000102030405060708090a0b0c0d0e0f10111213 |
      | ESP AES 128 with HMAC_SHA | two hosts over IPv6 | encr_alg aes encrkey 00112233445566778899aabbccddeeff auth_alg sha1 authkey 000102030405060708090a0b0c0d0e0f10111213                  |

  @IK-04 @IK-09 @IK-19 @IK-24 @IPS-PFK-16 @IPS-CLI-04 @positive @must
  Scenario Outline: <protection>, <where>
    Given <where>
    And the harness puts policies into both: all between them is protected by "ah transport"
    And both are keyed by hand:
      """
      add ah spi 0x1001 src {alice} dst {bob} <algorithms>
      add ah spi 0x2002 src {bob} dst {alice} <algorithms>
      """
    Then the SAs of both are those of the files
    And traffic passes in the SAs only

    Examples: over IPv4
      | protection       | where     | algorithms                                                                               |
      | AH HMAC_MD5      | two hosts | auth_alg md5 authkey 000102030405060708090a0b0c0d0e0f                                    |
      | AH HMAC_SHA      | two hosts | auth_alg sha authkey 000102030405060708090a0b0c0d0e0f10111213/160                        |
      | AH HMAC_SHA2_256 | two hosts | auth_alg sha256 authkey 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f |

    @ipv6
    Examples: over IPv6
      | protection  | where               | algorithms                                                     |
      | AH HMAC_MD5 | two hosts over IPv6 | auth_alg md5 authkey 000102030405060708090a0b0c0d0e0f          |
      | AH HMAC_SHA | two hosts over IPv6 | auth_alg sha1 authkey 000102030405060708090a0b0c0d0e0f10111213 |

  @IK-30 @IK-39 @ipv6
  Scenario: Words for IPv6 only, comments, and commands over several lines
    Given two hosts over IPv6
    And the harness puts policies into both: all between them is protected by "esp transport"
    And both are keyed by hand:
      """
      # alice to bob
      ### a comment
      add esp spi 010001 src6 {alice} dst6 {bob} \
          encr_alg 3des encrkey 0123456789abcdef23456789abcdef01456789abcdef0123
      add esp spi 8194 srcaddr6 {bob} dstaddr6 {alice}
          encralg 3des encrkey 0123456789abcdef23456789abcdef01456789abcdef0123
      """
    Then the SAs of both are those of the files
    And traffic passes in the SAs only

  @IK-31
  Scenario: With a proxy address the SA is a tunnel
    Given two hosts
    And the harness puts policies into both: all between them is protected by "esp tunnel"
    And both are keyed by hand:
      """
      add esp spi 0x1001 src {alice} dst {bob} proxy {alice} encr_alg aes encrkey 00112233445566778899aabbccddeeff
      add esp spi 0x2002 src {bob} dst {alice} proxy {bob} encr_alg aes encrkey 00112233445566778899aabbccddeeff
      """
    Then the SAs of both are those of the files
    And traffic passes in the SAs only

  # The control of the WIT tests: the form for manual keying has algorithms, SPIs and keys, the same on both sides; the pings pass, and no
  # IKE was spoken. Each direction has keys of its own.
  @IK-04 @IK-09 @IK-32 @IPS-PFK-21 @crypto @must
  Scenario Outline: WIT control, manual keying: <mode>, ESP 3DES with HMAC_SHA
    Given two hosts
    And the harness puts policies into both: all between them is protected by "esp <mode>"
    And both are keyed by hand:
      """
      add esp spi 0x500 src {alice} dst {bob} <alice> encr_alg 3des auth_alg sha
          encrkey 4043434545464649494a4a4c4c4f4f515152525454575758/192
          authkey 0123456789abcdef02468ace13579bdf01234567/160
      add esp spi 0x501 src {bob} dst {alice} <bob> encr_alg 3des auth_alg sha
          encrkey 57584043434545464649494a4a4c4c4f4f51515252545457/192
          authkey 13579bdf0123456789abcdef02468ace01234567/160
      """
    Then the SAs of both are those of the files
    And traffic passes in the SAs only
    And alice sent nothing
    And bob sent nothing
    And nothing crossed the wire in clear

    Examples:
      | mode      | alice         | bob         |
      | transport |               |             |
      | tunnel    | proxy {alice} | proxy {bob} |
