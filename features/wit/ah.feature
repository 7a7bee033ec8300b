Feature: AH: every authentication, mode, PFS and role

  -a without -e makes an AH SA. The rest is as for ESP.

  @PP-04 @PP-05 @PP-06 @PP-08 @PP-10 @PP-11 @PP-17 @PP-32
  @IPS-AH-01 @IPS-AH-02 @IPS-AH-12 @IKE1-ALG-10 @IKE1-KEY-08 @crypto @must
  Scenario Outline: AH with <authentication>, <mode>, <pfs>, <initiator> initiates
    Given two hosts
    And both run plutoplus with "<options>"
    When <initiator> initiates
    Then both sides succeed
    And the SAs agree with the wire
    And traffic passes in the SAs only
    And both sides exit with 0

    Examples: HMAC_MD5
      | authentication | mode      | pfs    | initiator | options    |
      | HMAC_MD5       | transport | no PFS | alice     | -a 2       |
      | HMAC_MD5       | transport | no PFS | bob       | -a 2       |
      | HMAC_MD5       | transport | PFS    | alice     | -a 2 -f    |
      | HMAC_MD5       | transport | PFS    | bob       | -a 2 -f    |
      | HMAC_MD5       | tunnel    | no PFS | alice     | -a 2 -t    |
      | HMAC_MD5       | tunnel    | no PFS | bob       | -a 2 -t    |
      | HMAC_MD5       | tunnel    | PFS    | alice     | -a 2 -t -f |
      | HMAC_MD5       | tunnel    | PFS    | bob       | -a 2 -t -f |

    Examples: HMAC_SHA
      | authentication | mode      | pfs    | initiator | options    |
      | HMAC_SHA       | transport | no PFS | alice     | -a 3       |
      | HMAC_SHA       | transport | no PFS | bob       | -a 3       |
      | HMAC_SHA       | transport | PFS    | alice     | -a 3 -f    |
      | HMAC_SHA       | transport | PFS    | bob       | -a 3 -f    |
      | HMAC_SHA       | tunnel    | no PFS | alice     | -a 3 -t    |
      | HMAC_SHA       | tunnel    | no PFS | bob       | -a 3 -t    |
      | HMAC_SHA       | tunnel    | PFS    | alice     | -a 3 -t -f |
      | HMAC_SHA       | tunnel    | PFS    | bob       | -a 3 -t -f |
