// The trade server's return codes (TRADE_RETCODE_* of the MQL5 reference) and what they say about execution.
#ifndef LOCKSTEP_RETCODES_MQH
#define LOCKSTEP_RETCODES_MQH
#include "support.mqh"

#define RET_REQUOTE 10004
#define RET_CANCEL 10007
#define RET_DONE 10009
#define RET_DONE_PARTIAL 10010
#define RET_INVALID 10013
#define RET_INVALID_VOLUME 10014
#define RET_INVALID_PRICE 10015
#define RET_INVALID_STOPS 10016
#define RET_TRADE_DISABLED 10017
#define RET_PRICE_CHANGED 10020
#define RET_PRICE_OFF 10021
#define RET_INVALID_FILL 10030
#define RET_POSITION_CLOSED 10036
#define RET_LONG_ONLY 10042
#define RET_SHORT_ONLY 10043
#define RET_CLOSE_ONLY 10044
#define CLASS_SUCCESS 0
#define CLASS_REFUSED 1
#define CLASS_AMBIGUOUS 2

// What a return code says about whether anything was executed; one that nobody has described says nothing.
int MxRetcodeClass(uint retcode)
  {
   switch(retcode)
     {
      case 10008:
      case 10009:
      case 10010:
      case 10025:
         return CLASS_SUCCESS;
      case 10011:
      case 10012:
      case 10023:
      case 10028:
      case 10031:
      case 10039:
         return CLASS_AMBIGUOUS;
     }
   bool known = retcode == 10004 || retcode == 10006 || retcode == 10007 || (retcode >= 10013 && retcode <= 10022) ||
                retcode == 10024 || retcode == 10026 || retcode == 10027 || retcode == 10029 || retcode == 10030 ||
                (retcode >= 10032 && retcode <= 10036) || retcode == 10038 || (retcode >= 10040 && retcode <= 10046);
   return known ? CLASS_REFUSED : CLASS_AMBIGUOUS;
  }

// Has the command an order of its own, whose end is its end?
bool MxMakesOrder(int action)
  {
   return action == ACTION_MARKET || action == ACTION_CLOSE || action == ACTION_PENDING || action == ACTION_CLOSE_BY;
  }
#endif
