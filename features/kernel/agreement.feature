# Wire, kernel of alice and kernel of bob say the same of every SA and policy. The kernels are read without our driver.
@kernel @netns
Feature: The kernels hold what the wire says

  @PP-32
  Scenario Outline: <protection>, <mode>, <initiator> initiates
    Given two hosts
    And both run plutoplus with "<options>"
    When <initiator> initiates
    Then both sides succeed
    And both kernels agree with the wire, replay window 32
    And the SAs agree with the wire
    And traffic passes in the SAs only
    And both sides exit with 0

    Examples:
      | protection                              | mode      | initiator | options            |
      | ESP DES                                 | transport | alice     | -e 2               |
      | ESP DES                                 | tunnel    | bob       | -e 2 -t            |
      | ESP DES with HMAC_MD5                   | transport | bob       | -e 2 -a 2 -f       |
      | ESP DES with HMAC_MD5                   | tunnel    | alice     | -e 2 -a 2 -t -f    |
      | ESP 3DES                                | transport | alice     | -e 3               |
      | ESP 3DES                                | tunnel    | bob       | -e 3 -t            |
      | ESP 3DES with HMAC_MD5                  | transport | bob       | -e 3 -a 2          |
      | ESP 3DES with HMAC_MD5                  | tunnel    | alice     | -e 3 -a 2 -t       |
      | ESP 3DES with HMAC_SHA                  | transport | alice     | -e 3 -a 3          |
      | ESP 3DES with HMAC_SHA                  | tunnel    | bob       | -e 3 -a 3 -t       |
      | ESP BLOWFISH of 5 octets                | transport | bob       | -e 7 -k 5 -f       |
      | ESP BLOWFISH of 5 octets                | tunnel    | alice     | -e 7 -k 5 -t -f    |
      | ESP BLOWFISH of 16 octets with HMAC_MD5 | transport | alice     | -e 7 -k 16 -a 2    |
      | ESP BLOWFISH of 16 octets with HMAC_MD5 | tunnel    | bob       | -e 7 -k 16 -a 2 -t |
      | ESP BLOWFISH of 56 octets with HMAC_SHA | transport | bob       | -e 7 -k 56 -a 3    |
      | ESP BLOWFISH of 56 octets with HMAC_SHA | tunnel    | alice     | -e 7 -k 56 -a 3 -t |
      | ESP NULL with HMAC_MD5                  | transport | alice     | -e 11 -a 2         |
      | ESP NULL with HMAC_MD5                  | tunnel    | bob       | -e 11 -a 2 -t      |
      | ESP NULL with HMAC_SHA                  | transport | bob       | -e 11 -a 3 -f      |
      | ESP NULL with HMAC_SHA                  | tunnel    | alice     | -e 11 -a 3 -t -f   |
      | AH with HMAC_MD5                        | transport | alice     | -a 2               |
      | AH with HMAC_MD5                        | tunnel    | bob       | -a 2 -t            |
      | AH with HMAC_SHA                        | transport | bob       | -a 3               |
      | AH with HMAC_SHA                        | tunnel    | alice     | -a 3 -t            |

  @PP-32 @ipv6
  Scenario Outline: <protection>, <mode>, <initiator> initiates, over IPv6
    Given two hosts over IPv6
    And both run plutoplus with "<options>"
    When <initiator> initiates
    Then both sides succeed
    And both kernels agree with the wire, replay window 32
    And the SAs agree with the wire
    And traffic passes in the SAs only
    And both sides exit with 0

    Examples:
      | protection                              | mode      | initiator | options            |
      | ESP DES                                 | transport | alice     | -e 2               |
      | ESP DES                                 | tunnel    | bob       | -e 2 -t            |
      | ESP 3DES with HMAC_MD5                  | transport | bob       | -e 3 -a 2 -f       |
      | ESP 3DES with HMAC_MD5                  | tunnel    | alice     | -e 3 -a 2 -t -f    |
      | ESP BLOWFISH of 16 octets with HMAC_MD5 | transport | alice     | -e 7 -k 16 -a 2    |
      | ESP BLOWFISH of 16 octets with HMAC_MD5 | tunnel    | bob       | -e 7 -k 16 -a 2 -t |
      | ESP NULL with HMAC_SHA                  | transport | bob       | -e 11 -a 3         |
      | ESP NULL with HMAC_SHA                  | tunnel    | alice     | -e 11 -a 3 -t      |
      | AH with HMAC_MD5                        | transport | alice     | -a 2               |
      | AH with HMAC_MD5                        | tunnel    | bob       | -a 2 -t            |
      | AH with HMAC_SHA                        | transport | bob       | -a 3 -f            |
      | AH with HMAC_SHA                        | tunnel    | alice     | -a 3 -t -f         |

  @PP-32
  Scenario: Without replay protection the window in both kernels is 0
    Given two hosts
    And both run plutoplus with "-e 3 -a 3 -r"
    When alice initiates
    Then both kernels agree with the wire, replay window 0
    And traffic passes in the SAs only

  @PP-32 @PP-20
  Scenario Outline: Both kernels have the shorter lifetime: <initiator options> and <responder options>
    Given two hosts
    And alice runs plutoplus with "<initiator options>"
    And bob runs plutoplus with "<responder options>"
    When alice initiates
    Then both kernels agree with the wire, replay window 32
    And the SAs of bob live <seconds> seconds and <kilobytes> kilobytes

    Examples:
      | initiator options | responder options | seconds | kilobytes |
      | -l 600 -m 100     | -l 600 -m 100     | 600     | 100       |
      | -l 900 -m 500     | -l 600 -m 100     | 600     | 100       |

  @PP-32
  Scenario Outline: Beyond plutoplus: <protection>, <mode>, <where>
    Given <where>
    And we and the peer negotiate "<protection> mode <mode>"
    When <initiator> initiates
    Then alice succeeds
    And bob succeeds
    And both kernels agree with the wire, replay window 32
    And the SAs agree with the wire
    And traffic passes in the SAs only

    Examples:
      | protection           | mode      | initiator | where               |
      | esp aes128-sha1      | transport | alice     | two hosts           |
      | esp aes192-md5       | tunnel    | bob       | two hosts           |
      | esp aes256-sha256    | transport | bob       | two hosts           |
      | esp aes128-sha256    | tunnel    | alice     | two hosts over IPv6 |
      | esp aes256-sha384    | tunnel    | alice     | two hosts           |
      | esp aes128-sha512    | transport | bob       | two hosts over IPv6 |
      | esp cast128-sha1     | transport | alice     | two hosts           |
      | esp aes-ctr:128-sha1  | tunnel    | bob       | two hosts           |
      | esp aes-gcm-16:128   | transport | alice     | two hosts           |
      | esp aes-gcm-8:256    | tunnel    | bob       | two hosts over IPv6 |
      | esp null-sha256      | transport | alice     | two hosts           |
      | ah sha256            | transport | alice     | two hosts           |
      | ah sha384            | tunnel    | bob       | two hosts           |
      | ah sha512            | tunnel    | alice     | two hosts over IPv6 |
