# What monitor shows, and how SAs that were put in by hand come to their end.
@netns
Feature: Life of SAs that were put in by hand

  @IK-07 @IK-10 @IK-11 @IK-13 @IK-14 @IPS-PFK-35 @IPS-CLI-09 @IPS-CLI-10 @behaviour @must
  Scenario: monitor shows who is added, changed, deleted and flushed, and no key
    Given two hosts
    And alice watches with ipseckey monitor
    When alice is keyed by hand:
      """
      add esp spi 0x1001 src {alice} dst {bob} encr_alg 3des encrkey 0123456789abcdef23456789abcdef01456789abcdef0123
      add ah spi 0x1002 src {alice} dst {bob} auth_alg md5 authkey 000102030405060708090a0b0c0d0e0f
      update esp spi 0x1001 dst {bob} hard_bytes 16000000
      """
    And alice types ipseckey "get esp spi 0x1001 dst {bob}"
    Then ipseckey on alice exits with 0
    And ipseckey on alice prints:
      """
      SA: SADB_ASSOC spi=0x1001, replay=0, state=MATURE
      SA: Encryption algorithm = 3DES-CBC
      HLT: 16000000 more bytes can be protected.
      """
    When alice types ipseckey "delete esp spi 0x1001 dst {bob}"
    And alice types ipseckey "flush ah"
    Then the monitor of alice shows "ADD ESP 0x1001, ADD AH 0x1002, UPDATE ESP 0x1001, DELETE ESP 0x1001, FLUSH AH"
    And the monitor of alice shows no key

  @IK-15 @IPS-PFK-16 @IPS-CLI-10 @positive @must
  Scenario: pmonitor shows what everybody is told
    Given two hosts
    And alice watches with ipseckey pmonitor
    When alice is keyed by hand:
      """
      add esp spi 0x1001 src {alice} dst {bob} encr_alg des encrkey 0123456789abcdef
      """
    And alice types ipseckey "delete esp spi 0x1001 dst {bob}"
    Then the monitor of alice shows "ADD ESP 0x1001, DELETE ESP 0x1001"

  @IK-44 @IK-26 @IPS-PFK-29 @IPS-PFK-31 @IPS-CLI-12 @behaviour @must
  Scenario Outline: <type> limited by seconds since it was added: dying, then gone
    Given two hosts
    And alice watches with ipseckey monitor
    When alice is keyed by hand:
      """
      add <type> spi 0x1001 src {alice} dst {bob} <algorithms> soft_addtime 1 hard_addtime 4
      """
    Then the SA 0x1001 of alice becomes dying
    And the monitor of alice shows "ADD <shown> 0x1001, EXPIRE <shown> 0x1001 soft"
    And the SA 0x1001 of alice becomes gone
    And the monitor of alice shows "ADD <shown> 0x1001, EXPIRE <shown> 0x1001 soft, EXPIRE <shown> 0x1001 hard"

    Examples:
      | type | shown | algorithms                                             |
      | esp  | ESP   | encr_alg des encrkey 0123456789abcdef                  |
      | ah   | AH    | auth_alg md5 authkey 000102030405060708090a0b0c0d0e0f  |

  @IK-44 @IK-26 @IPS-PFK-30 @behaviour @must
  Scenario: A hard limit alone: no soft expiry
    Given two hosts
    And alice watches with ipseckey monitor
    When alice is keyed by hand:
      """
      add esp spi 0x1001 src {alice} dst {bob} encr_alg des encrkey 0123456789abcdef hard_addtime 1
      """
    Then the SA 0x1001 of alice becomes gone
    And the monitor of alice shows "ADD ESP 0x1001, EXPIRE ESP 0x1001 hard"
    And the monitor of alice does not show "EXPIRE ESP 0x1001 soft"

  @IK-44 @IK-26 @IPS-PFK-31 @behaviour @must
  Scenario: Seconds since first use count from the first packet
    Given two hosts
    And the harness puts policies into both: all between them is protected by "esp transport"
    And alice watches with ipseckey monitor
    And both are keyed by hand:
      """
      add esp spi 0x1001 src {alice} dst {bob} encr_alg des encrkey 0123456789abcdef hard_usetime 1
      add esp spi 0x2002 src {bob} dst {alice} encr_alg des encrkey 0123456789abcdef
      """
    When alice pings bob 1 time
    Then the SA 0x1001 of alice becomes gone
    And the monitor of alice shows "ADD ESP 0x1001, EXPIRE ESP 0x1001 hard"
    And the monitor of alice does not show "EXPIRE ESP 0x2002 hard"
    And nothing crossed the wire in clear

  @IK-44 @IK-26 @IPS-PFK-29 @IPS-PFK-31 @behaviour @must
  Scenario: Octets: dying past the soft limit, gone past the hard one, and nothing passes in clear
    Given two hosts
    And the harness puts policies into both: all between them is protected by "esp transport"
    And alice watches with ipseckey monitor
    And both are keyed by hand:
      """
      add esp spi 0x1001 src {alice} dst {bob} encr_alg des encrkey 0123456789abcdef soft_bytes 500 hard_bytes 3000
      add esp spi 0x2002 src {bob} dst {alice} encr_alg des encrkey 0123456789abcdef
      """
    When alice pings bob 1 time
    Then the SA 0x1001 of alice becomes mature
    When alice pings bob 1 times with 800 octets
    Then the SA 0x1001 of alice becomes dying
    # a kernel looks before it counts: it tells of it with the next packet
    When alice pings bob 1 time
    Then the monitor of alice shows "EXPIRE ESP 0x1001 soft"
    When alice pings bob 5 times with 800 octets
    Then the SA 0x1001 of alice becomes gone
    And alice got at least 1 answer and not all
    And the monitor of alice shows "EXPIRE ESP 0x1001 soft, EXPIRE ESP 0x1001 hard"
    And the packets of both sides are in order
    And nothing crossed the wire in clear

  # What illumos calls allocations: here each packet is one.
  @IK-44 @IK-26 @IPS-PFK-29 @IPS-PFK-31 @behaviour @must
  Scenario: Allocations: dying past the soft limit, gone past the hard one, and nothing passes in clear
    Given two hosts
    And the harness puts policies into both: all between them is protected by "esp transport"
    And alice watches with ipseckey monitor
    And both are keyed by hand:
      """
      add esp spi 0x1001 src {alice} dst {bob} encr_alg des encrkey 0123456789abcdef soft_alloc 2 hard_alloc 6
      add esp spi 0x2002 src {bob} dst {alice} encr_alg des encrkey 0123456789abcdef
      """
    When alice pings bob 1 time
    Then the SA 0x1001 of alice becomes mature
    When alice pings bob 2 times
    Then the SA 0x1001 of alice becomes dying
    And the monitor of alice shows "EXPIRE ESP 0x1001 soft"
    When alice pings bob 8 times with 64 octets
    Then the SA 0x1001 of alice becomes gone
    And alice got at least 1 answer and not all
    And the monitor of alice shows "EXPIRE ESP 0x1001 soft, EXPIRE ESP 0x1001 hard"
    And the packets of both sides are in order
    And nothing crossed the wire in clear
