Feature: ESP: every cipher with every authentication, mode, PFS and role

  One WIT negotiation for each legal combination of -e and -a with transport and tunnel mode, with and
  without PFS, and with either side as initiator. Each ends in SAs that the harness recomputes
  from what it saw on the wire, and in traffic that it opens with the keys it computed.

  @PP-04 @PP-05 @PP-06 @PP-08 @PP-10 @PP-11 @PP-12 @PP-31 @PP-32
  @IPS-CIPH-01 @IPS-SEL-16 @IKE1-KEY-10 @crypto @must
  Scenario Outline: <cipher> with <authentication>, <mode>, <pfs>, <initiator> initiates
    Given two hosts
    And both run plutoplus with "<options>"
    When <initiator> initiates
    Then both sides succeed
    And the SAs agree with the wire
    And traffic passes in the SAs only
    And both sides exit with 0

    @IPS-CIPH-05
    Examples: DES_IV64
      | cipher   | authentication    | mode      | pfs    | initiator | options         |
      | DES_IV64 | no authentication | transport | no PFS | alice     | -e 1            |
      | DES_IV64 | no authentication | transport | no PFS | bob       | -e 1            |
      | DES_IV64 | no authentication | transport | PFS    | alice     | -e 1 -f         |
      | DES_IV64 | no authentication | transport | PFS    | bob       | -e 1 -f         |
      | DES_IV64 | no authentication | tunnel    | no PFS | alice     | -e 1 -t         |
      | DES_IV64 | no authentication | tunnel    | no PFS | bob       | -e 1 -t         |
      | DES_IV64 | no authentication | tunnel    | PFS    | alice     | -e 1 -t -f      |
      | DES_IV64 | no authentication | tunnel    | PFS    | bob       | -e 1 -t -f      |
      | DES_IV64 | HMAC_MD5          | transport | no PFS | alice     | -e 1 -a 2       |
      | DES_IV64 | HMAC_MD5          | transport | no PFS | bob       | -e 1 -a 2       |
      | DES_IV64 | HMAC_MD5          | transport | PFS    | alice     | -e 1 -a 2 -f    |
      | DES_IV64 | HMAC_MD5          | transport | PFS    | bob       | -e 1 -a 2 -f    |
      | DES_IV64 | HMAC_MD5          | tunnel    | no PFS | alice     | -e 1 -a 2 -t    |
      | DES_IV64 | HMAC_MD5          | tunnel    | no PFS | bob       | -e 1 -a 2 -t    |
      | DES_IV64 | HMAC_MD5          | tunnel    | PFS    | alice     | -e 1 -a 2 -t -f |
      | DES_IV64 | HMAC_MD5          | tunnel    | PFS    | bob       | -e 1 -a 2 -t -f |
      | DES_IV64 | HMAC_SHA          | transport | no PFS | alice     | -e 1 -a 3       |
      | DES_IV64 | HMAC_SHA          | transport | no PFS | bob       | -e 1 -a 3       |
      | DES_IV64 | HMAC_SHA          | transport | PFS    | alice     | -e 1 -a 3 -f    |
      | DES_IV64 | HMAC_SHA          | transport | PFS    | bob       | -e 1 -a 3 -f    |
      | DES_IV64 | HMAC_SHA          | tunnel    | no PFS | alice     | -e 1 -a 3 -t    |
      | DES_IV64 | HMAC_SHA          | tunnel    | no PFS | bob       | -e 1 -a 3 -t    |
      | DES_IV64 | HMAC_SHA          | tunnel    | PFS    | alice     | -e 1 -a 3 -t -f |
      | DES_IV64 | HMAC_SHA          | tunnel    | PFS    | bob       | -e 1 -a 3 -t -f |

    @IPS-CIPH-02
    Examples: DES
      | cipher | authentication    | mode      | pfs    | initiator | options         |
      | DES    | no authentication | transport | no PFS | alice     | -e 2            |
      | DES    | no authentication | transport | no PFS | bob       | -e 2            |
      | DES    | no authentication | transport | PFS    | alice     | -e 2 -f         |
      | DES    | no authentication | transport | PFS    | bob       | -e 2 -f         |
      | DES    | no authentication | tunnel    | no PFS | alice     | -e 2 -t         |
      | DES    | no authentication | tunnel    | no PFS | bob       | -e 2 -t         |
      | DES    | no authentication | tunnel    | PFS    | alice     | -e 2 -t -f      |
      | DES    | no authentication | tunnel    | PFS    | bob       | -e 2 -t -f      |
      | DES    | HMAC_MD5          | transport | no PFS | alice     | -e 2 -a 2       |
      | DES    | HMAC_MD5          | transport | no PFS | bob       | -e 2 -a 2       |
      | DES    | HMAC_MD5          | transport | PFS    | alice     | -e 2 -a 2 -f    |
      | DES    | HMAC_MD5          | transport | PFS    | bob       | -e 2 -a 2 -f    |
      | DES    | HMAC_MD5          | tunnel    | no PFS | alice     | -e 2 -a 2 -t    |
      | DES    | HMAC_MD5          | tunnel    | no PFS | bob       | -e 2 -a 2 -t    |
      | DES    | HMAC_MD5          | tunnel    | PFS    | alice     | -e 2 -a 2 -t -f |
      | DES    | HMAC_MD5          | tunnel    | PFS    | bob       | -e 2 -a 2 -t -f |
      | DES    | HMAC_SHA          | transport | no PFS | alice     | -e 2 -a 3       |
      | DES    | HMAC_SHA          | transport | no PFS | bob       | -e 2 -a 3       |
      | DES    | HMAC_SHA          | transport | PFS    | alice     | -e 2 -a 3 -f    |
      | DES    | HMAC_SHA          | transport | PFS    | bob       | -e 2 -a 3 -f    |
      | DES    | HMAC_SHA          | tunnel    | no PFS | alice     | -e 2 -a 3 -t    |
      | DES    | HMAC_SHA          | tunnel    | no PFS | bob       | -e 2 -a 3 -t    |
      | DES    | HMAC_SHA          | tunnel    | PFS    | alice     | -e 2 -a 3 -t -f |
      | DES    | HMAC_SHA          | tunnel    | PFS    | bob       | -e 2 -a 3 -t -f |

    @IPS-CIPH-09 @IKE1-ALG-08 @IKE1-KEY-09
    Examples: 3DES
      | cipher | authentication    | mode      | pfs    | initiator | options         |
      | 3DES   | no authentication | transport | no PFS | alice     | -e 3            |
      | 3DES   | no authentication | transport | no PFS | bob       | -e 3            |
      | 3DES   | no authentication | transport | PFS    | alice     | -e 3 -f         |
      | 3DES   | no authentication | transport | PFS    | bob       | -e 3 -f         |
      | 3DES   | no authentication | tunnel    | no PFS | alice     | -e 3 -t         |
      | 3DES   | no authentication | tunnel    | no PFS | bob       | -e 3 -t         |
      | 3DES   | no authentication | tunnel    | PFS    | alice     | -e 3 -t -f      |
      | 3DES   | no authentication | tunnel    | PFS    | bob       | -e 3 -t -f      |
      | 3DES   | HMAC_MD5          | transport | no PFS | alice     | -e 3 -a 2       |
      | 3DES   | HMAC_MD5          | transport | no PFS | bob       | -e 3 -a 2       |
      | 3DES   | HMAC_MD5          | transport | PFS    | alice     | -e 3 -a 2 -f    |
      | 3DES   | HMAC_MD5          | transport | PFS    | bob       | -e 3 -a 2 -f    |
      | 3DES   | HMAC_MD5          | tunnel    | no PFS | alice     | -e 3 -a 2 -t    |
      | 3DES   | HMAC_MD5          | tunnel    | no PFS | bob       | -e 3 -a 2 -t    |
      | 3DES   | HMAC_MD5          | tunnel    | PFS    | alice     | -e 3 -a 2 -t -f |
      | 3DES   | HMAC_MD5          | tunnel    | PFS    | bob       | -e 3 -a 2 -t -f |
      | 3DES   | HMAC_SHA          | transport | no PFS | alice     | -e 3 -a 3       |
      | 3DES   | HMAC_SHA          | transport | no PFS | bob       | -e 3 -a 3       |
      | 3DES   | HMAC_SHA          | transport | PFS    | alice     | -e 3 -a 3 -f    |
      | 3DES   | HMAC_SHA          | transport | PFS    | bob       | -e 3 -a 3 -f    |
      | 3DES   | HMAC_SHA          | tunnel    | no PFS | alice     | -e 3 -a 3 -t    |
      | 3DES   | HMAC_SHA          | tunnel    | no PFS | bob       | -e 3 -a 3 -t    |
      | 3DES   | HMAC_SHA          | tunnel    | PFS    | alice     | -e 3 -a 3 -t -f |
      | 3DES   | HMAC_SHA          | tunnel    | PFS    | bob       | -e 3 -a 3 -t -f |

    @IPS-CIPH-13 @PP-14
    Examples: RC5
      | cipher | authentication    | mode      | pfs    | initiator | options         |
      | RC5    | no authentication | transport | no PFS | alice     | -e 4            |
      | RC5    | no authentication | transport | no PFS | bob       | -e 4            |
      | RC5    | no authentication | transport | PFS    | alice     | -e 4 -f         |
      | RC5    | no authentication | transport | PFS    | bob       | -e 4 -f         |
      | RC5    | no authentication | tunnel    | no PFS | alice     | -e 4 -t         |
      | RC5    | no authentication | tunnel    | no PFS | bob       | -e 4 -t         |
      | RC5    | no authentication | tunnel    | PFS    | alice     | -e 4 -t -f      |
      | RC5    | no authentication | tunnel    | PFS    | bob       | -e 4 -t -f      |
      | RC5    | HMAC_MD5          | transport | no PFS | alice     | -e 4 -a 2       |
      | RC5    | HMAC_MD5          | transport | no PFS | bob       | -e 4 -a 2       |
      | RC5    | HMAC_MD5          | transport | PFS    | alice     | -e 4 -a 2 -f    |
      | RC5    | HMAC_MD5          | transport | PFS    | bob       | -e 4 -a 2 -f    |
      | RC5    | HMAC_MD5          | tunnel    | no PFS | alice     | -e 4 -a 2 -t    |
      | RC5    | HMAC_MD5          | tunnel    | no PFS | bob       | -e 4 -a 2 -t    |
      | RC5    | HMAC_MD5          | tunnel    | PFS    | alice     | -e 4 -a 2 -t -f |
      | RC5    | HMAC_MD5          | tunnel    | PFS    | bob       | -e 4 -a 2 -t -f |
      | RC5    | HMAC_SHA          | transport | no PFS | alice     | -e 4 -a 3       |
      | RC5    | HMAC_SHA          | transport | no PFS | bob       | -e 4 -a 3       |
      | RC5    | HMAC_SHA          | transport | PFS    | alice     | -e 4 -a 3 -f    |
      | RC5    | HMAC_SHA          | transport | PFS    | bob       | -e 4 -a 3 -f    |
      | RC5    | HMAC_SHA          | tunnel    | no PFS | alice     | -e 4 -a 3 -t    |
      | RC5    | HMAC_SHA          | tunnel    | no PFS | bob       | -e 4 -a 3 -t    |
      | RC5    | HMAC_SHA          | tunnel    | PFS    | alice     | -e 4 -a 3 -t -f |
      | RC5    | HMAC_SHA          | tunnel    | PFS    | bob       | -e 4 -a 3 -t -f |

    @IPS-CIPH-14
    Examples: IDEA
      | cipher | authentication    | mode      | pfs    | initiator | options         |
      | IDEA   | no authentication | transport | no PFS | alice     | -e 5            |
      | IDEA   | no authentication | transport | no PFS | bob       | -e 5            |
      | IDEA   | no authentication | transport | PFS    | alice     | -e 5 -f         |
      | IDEA   | no authentication | transport | PFS    | bob       | -e 5 -f         |
      | IDEA   | no authentication | tunnel    | no PFS | alice     | -e 5 -t         |
      | IDEA   | no authentication | tunnel    | no PFS | bob       | -e 5 -t         |
      | IDEA   | no authentication | tunnel    | PFS    | alice     | -e 5 -t -f      |
      | IDEA   | no authentication | tunnel    | PFS    | bob       | -e 5 -t -f      |
      | IDEA   | HMAC_MD5          | transport | no PFS | alice     | -e 5 -a 2       |
      | IDEA   | HMAC_MD5          | transport | no PFS | bob       | -e 5 -a 2       |
      | IDEA   | HMAC_MD5          | transport | PFS    | alice     | -e 5 -a 2 -f    |
      | IDEA   | HMAC_MD5          | transport | PFS    | bob       | -e 5 -a 2 -f    |
      | IDEA   | HMAC_MD5          | tunnel    | no PFS | alice     | -e 5 -a 2 -t    |
      | IDEA   | HMAC_MD5          | tunnel    | no PFS | bob       | -e 5 -a 2 -t    |
      | IDEA   | HMAC_MD5          | tunnel    | PFS    | alice     | -e 5 -a 2 -t -f |
      | IDEA   | HMAC_MD5          | tunnel    | PFS    | bob       | -e 5 -a 2 -t -f |
      | IDEA   | HMAC_SHA          | transport | no PFS | alice     | -e 5 -a 3       |
      | IDEA   | HMAC_SHA          | transport | no PFS | bob       | -e 5 -a 3       |
      | IDEA   | HMAC_SHA          | transport | PFS    | alice     | -e 5 -a 3 -f    |
      | IDEA   | HMAC_SHA          | transport | PFS    | bob       | -e 5 -a 3 -f    |
      | IDEA   | HMAC_SHA          | tunnel    | no PFS | alice     | -e 5 -a 3 -t    |
      | IDEA   | HMAC_SHA          | tunnel    | no PFS | bob       | -e 5 -a 3 -t    |
      | IDEA   | HMAC_SHA          | tunnel    | PFS    | alice     | -e 5 -a 3 -t -f |
      | IDEA   | HMAC_SHA          | tunnel    | PFS    | bob       | -e 5 -a 3 -t -f |

    @IPS-CIPH-12 @PP-14
    Examples: BLOWFISH
      | cipher   | authentication    | mode      | pfs    | initiator | options         |
      | BLOWFISH | no authentication | transport | no PFS | alice     | -e 7            |
      | BLOWFISH | no authentication | transport | no PFS | bob       | -e 7            |
      | BLOWFISH | no authentication | transport | PFS    | alice     | -e 7 -f         |
      | BLOWFISH | no authentication | transport | PFS    | bob       | -e 7 -f         |
      | BLOWFISH | no authentication | tunnel    | no PFS | alice     | -e 7 -t         |
      | BLOWFISH | no authentication | tunnel    | no PFS | bob       | -e 7 -t         |
      | BLOWFISH | no authentication | tunnel    | PFS    | alice     | -e 7 -t -f      |
      | BLOWFISH | no authentication | tunnel    | PFS    | bob       | -e 7 -t -f      |
      | BLOWFISH | HMAC_MD5          | transport | no PFS | alice     | -e 7 -a 2       |
      | BLOWFISH | HMAC_MD5          | transport | no PFS | bob       | -e 7 -a 2       |
      | BLOWFISH | HMAC_MD5          | transport | PFS    | alice     | -e 7 -a 2 -f    |
      | BLOWFISH | HMAC_MD5          | transport | PFS    | bob       | -e 7 -a 2 -f    |
      | BLOWFISH | HMAC_MD5          | tunnel    | no PFS | alice     | -e 7 -a 2 -t    |
      | BLOWFISH | HMAC_MD5          | tunnel    | no PFS | bob       | -e 7 -a 2 -t    |
      | BLOWFISH | HMAC_MD5          | tunnel    | PFS    | alice     | -e 7 -a 2 -t -f |
      | BLOWFISH | HMAC_MD5          | tunnel    | PFS    | bob       | -e 7 -a 2 -t -f |
      | BLOWFISH | HMAC_SHA          | transport | no PFS | alice     | -e 7 -a 3       |
      | BLOWFISH | HMAC_SHA          | transport | no PFS | bob       | -e 7 -a 3       |
      | BLOWFISH | HMAC_SHA          | transport | PFS    | alice     | -e 7 -a 3 -f    |
      | BLOWFISH | HMAC_SHA          | transport | PFS    | bob       | -e 7 -a 3 -f    |
      | BLOWFISH | HMAC_SHA          | tunnel    | no PFS | alice     | -e 7 -a 3 -t    |
      | BLOWFISH | HMAC_SHA          | tunnel    | no PFS | bob       | -e 7 -a 3 -t    |
      | BLOWFISH | HMAC_SHA          | tunnel    | PFS    | alice     | -e 7 -a 3 -t -f |
      | BLOWFISH | HMAC_SHA          | tunnel    | PFS    | bob       | -e 7 -a 3 -t -f |

    @IPS-CIPH-18 @IKE1-ALG-09 @IKE1-KEY-12
    Examples: NULL
      | cipher | authentication | mode      | pfs    | initiator | options          |
      | NULL   | HMAC_MD5       | transport | no PFS | alice     | -e 11 -a 2       |
      | NULL   | HMAC_MD5       | transport | no PFS | bob       | -e 11 -a 2       |
      | NULL   | HMAC_MD5       | transport | PFS    | alice     | -e 11 -a 2 -f    |
      | NULL   | HMAC_MD5       | transport | PFS    | bob       | -e 11 -a 2 -f    |
      | NULL   | HMAC_MD5       | tunnel    | no PFS | alice     | -e 11 -a 2 -t    |
      | NULL   | HMAC_MD5       | tunnel    | no PFS | bob       | -e 11 -a 2 -t    |
      | NULL   | HMAC_MD5       | tunnel    | PFS    | alice     | -e 11 -a 2 -t -f |
      | NULL   | HMAC_MD5       | tunnel    | PFS    | bob       | -e 11 -a 2 -t -f |
      | NULL   | HMAC_SHA       | transport | no PFS | alice     | -e 11 -a 3       |
      | NULL   | HMAC_SHA       | transport | no PFS | bob       | -e 11 -a 3       |
      | NULL   | HMAC_SHA       | transport | PFS    | alice     | -e 11 -a 3 -f    |
      | NULL   | HMAC_SHA       | transport | PFS    | bob       | -e 11 -a 3 -f    |
      | NULL   | HMAC_SHA       | tunnel    | no PFS | alice     | -e 11 -a 3 -t    |
      | NULL   | HMAC_SHA       | tunnel    | no PFS | bob       | -e 11 -a 3 -t    |
      | NULL   | HMAC_SHA       | tunnel    | PFS    | alice     | -e 11 -a 3 -t -f |
      | NULL   | HMAC_SHA       | tunnel    | PFS    | bob       | -e 11 -a 3 -t -f |

    @PP-13
    Examples: neither -e nor -a: DES with HMAC_MD5
      | cipher  | authentication | mode      | pfs    | initiator | options |
      | default | default        | transport | no PFS | alice     |         |
      | default | default        | transport | no PFS | bob       |         |
      | default | default        | transport | PFS    | alice     | -f      |
      | default | default        | transport | PFS    | bob       | -f      |
      | default | default        | tunnel    | no PFS | alice     | -t      |
      | default | default        | tunnel    | no PFS | bob       | -t      |
      | default | default        | tunnel    | PFS    | alice     | -t -f   |
      | default | default        | tunnel    | PFS    | bob       | -t -f   |
