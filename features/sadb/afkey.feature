# The kernel's own PF_KEYv2 socket, AF_KEY: ipseckey and plutoplus over it, with the kernel's netlink interface, its listing by
# iproute2 and the wire as witnesses.
@kernel @netns
Feature: The kernel's database by AF_KEY

  @IK-43 @IK-04 @IPS-CLI-04 @IPS-PFK-16 @positive @must
  Scenario: One file of commands gives one SAD, in the kernel by AF_KEY and in user space
    Given two hosts
    And alice is keyed by AF_KEY
    And bob keeps SAs in user space
    When both are keyed by hand:
      """
      add esp spi 0x1001 src {alice} dst {bob} encr_alg des encrkey 0123456789abcdef auth_alg md5 authkey 000102030405060708090a0b0c0d0e0f
      add esp spi 0x1002 src {alice} dst {bob} encr_alg 3des encrkey 0123456789abcdef23456789abcdef01456789abcdef0123
      add esp spi 0x1003 src {bob} dst {alice} encr_alg blowfish encrkey 00112233445566778899aabbccddeeff auth_alg sha1
          authkey 000102030405060708090a0b0c0d0e0f10111213
      add esp spi 0x1005 src {bob} dst {alice} encr_alg aes encrkey 00112233445566778899aabbccddeeff0011223344556677
      add esp spi 0x1006 src {alice} dst {bob} auth_alg sha1 authkey 000102030405060708090a0b0c0d0e0f10111213
      add esp spi 0x1007 src {alice} dst {bob} proxy 10.9.0.7 encr_alg aes encrkey 00112233445566778899aabbccddeeff
      add esp spi 0x1008 src {alice} dst {bob} encr_alg des encrkey 1123456789abcdef replay 32
      add esp spi 0x1009 src {alice} dst {bob} encr_alg des encrkey 2323456789abcdef
          soft_bytes 1000000 hard_bytes 2048000 soft_addtime 3000 hard_addtime 3600 soft_usetime 1000 hard_usetime 2000
          soft_alloc 100000 hard_alloc 200000
      add esp spi 0x100a dst {bob} encr_alg des encrkey 3323456789abcdef
      add ah spi 0x2001 src {alice} dst {bob} auth_alg md5 authkey 000102030405060708090a0b0c0d0e0f hard_bytes 4096
      add ah spi 0x2002 src {bob} dst {alice} auth_alg sha authkey 000102030405060708090a0b0c0d0e0f10111213/160
      add esp spi 0x3001 src6 2001:db8::1 dst6 2001:db8::2 encr_alg 3des encrkey 0123456789abcdef23456789abcdef01456789abcdef0123
      add ah spi 0x3002 src6 2001:db8::1 dst6 2001:db8::2 auth_alg sha1 authkey 000102030405060708090a0b0c0d0e0f10111213
      """
    Then the SAs of alice and of bob are the same, field by field
    And the SAs of both are those of the files
    And ip xfrm state on alice agrees with the files
    And alice saves, flushes and loads its SAs, and has the same

  @IK-09 @IK-11 @IK-14 @IK-43 @IPS-PFK-16 @IPS-PFK-22 @IPS-CLI-10 @positive @must
  Scenario: Traffic in SAs that came by AF_KEY, and monitor
    Given two hosts
    And alice is keyed by AF_KEY
    And bob is keyed by AF_KEY
    And alice watches with ipseckey monitor
    And the harness puts policies into both: all between them is protected by "esp transport"
    And both are keyed by hand:
      """
      add esp spi 0x1001 src {alice} dst {bob} encr_alg aes encrkey 00112233445566778899aabbccddeeff auth_alg sha1 authkey 000102030405060708090a0b0c0d0e0f10111213
      add esp spi 0x2002 src {bob} dst {alice} encr_alg 3des encrkey 0123456789abcdef23456789abcdef01456789abcdef0123 auth_alg md5 authkey 000102030405060708090a0b0c0d0e0f
      """
    Then the SAs of both are those of the files
    And ip xfrm state on bob agrees with the files
    And traffic passes in the SAs only
    And the monitor of alice shows "ADD ESP 0x1001, ADD ESP 0x2002"
    And the monitor of alice shows no key

  @IK-44 @IK-26 @IPS-PFK-29 @IPS-PFK-31 @behaviour @must
  Scenario: Seconds since it was added: dying, then gone
    Given two hosts
    And alice is keyed by AF_KEY
    And alice watches with ipseckey monitor
    When alice is keyed by hand:
      """
      add esp spi 0x1001 src {alice} dst {bob} encr_alg des encrkey 0123456789abcdef soft_addtime 1 hard_addtime 4
      """
    Then the SA 0x1001 of alice becomes dying
    And the SA 0x1001 of alice becomes gone
    And the monitor of alice shows "ADD ESP 0x1001, EXPIRE ESP 0x1001 soft, EXPIRE ESP 0x1001 hard"

  @PP-32 @IK-43 @IPS-PFK-16 @positive @must
  Scenario Outline: plutoplus puts what it negotiates in by AF_KEY: <protection>, <mode>, <initiator> initiates, <where>
    Given <where>
    And alice runs plutoplus with "<options> --kernel pfkey"
    And bob runs plutoplus with "<options>"
    When <initiator> initiates
    Then both sides succeed
    And both kernels agree with the wire, replay window 32
    And the SAs agree with the wire
    And traffic passes in the SAs only

    Examples:
      | protection                              | mode      | initiator | options         | where               |
      | ESP DES with HMAC_MD5                   | transport | alice     |                 | two hosts           |
      | ESP 3DES with HMAC_SHA                  | tunnel    | bob       | -e 3 -a 3 -t    | two hosts           |
      | ESP BLOWFISH of 16 octets with HMAC_MD5 | transport | bob       | -e 7 -k 16 -a 2 | two hosts           |
      | ESP NULL with HMAC_SHA, PFS             | transport | alice     | -e 11 -a 3 -f   | two hosts           |
      | AH with HMAC_MD5                        | tunnel    | alice     | -a 2 -t         | two hosts           |
      | ESP 3DES with HMAC_SHA                  | transport | alice     | -e 3 -a 3       | two hosts over IPv6 |

  @PP-07 @IK-43 @IPS-PFK-24 @positive @must
  Scenario Outline: The kernel asks plutoplus by AF_KEY: <how>
    Given two hosts
    And alice runs plutoplus as "--debug <options> --kernel pfkey"
    And bob runs plutoplus as "--debug --kernel pfkey"
    And the kernel of alice protects what goes to its peer by "<how>"
    And the kernel of bob protects what goes to its peer by "<how>"
    And alice listens
    And bob listens
    When alice pings bob 10 times with 64 octets
    Then alice has SAs that the kernel asked for
    And the kernel of alice counts XfrmOutNoStates
    And the kernel of bob may count XfrmOutNoStates
    And both kernels agree with the wire, replay window 32
    And traffic passes in the SAs only
    And nothing crossed the wire in clear

    Examples:
      | how           | options      |
      | esp transport | -e 3 -a 3    |
      | esp tunnel    | -e 3 -a 3 -t |

  @PP-32 @IK-43 @EXT-NATT-11 @EXT-UDPE-01 @positive @must
  Scenario: Through a NAT, the kernel carries ESP in UDP for an SA that came by AF_KEY
    Given the topology "nat"
    And alice runs plutoplus as "--wit -d {bob} --natt on -e 3 -a 3 --kernel pfkey"
    And bob runs plutoplus as "--wit -d {alice} --natt on -e 3 -a 3 --kernel pfkey"
    When alice initiates
    Then both sides succeed
    And alice told the ends that it sees
    And the SAs agree with the wire
    And traffic passes in the SAs only between alice and bob
